/** The message of a container that ended: what it left in its file, or by FallbackToLogsOnError the end of its log. */
import type { Exit, Launch } from './driver.ts'

/** The kubelet takes no more of a log than this. */
const linesMax = 80
const bytesMax = 2048

export interface LastWords {
  /** The launch, with its output overheard where the policy asks for it. */
  readonly launch: Launch
  /** @returns undefined when it left none */
  of(exit: Exit): string | undefined
}

export function lastWordsOf(launch: Launch): LastWords {
  if (launch.container.terminationMessagePolicy === 'File') return { launch, of: ({ message }) => message }
  const lines: string[] = []
  const onLine = (line: string): void => {
    lines.push(line)
    if (lines.length > linesMax) lines.shift()
    launch.onLine(line)
  }
  return {
    launch: { ...launch, onLine },
    of: ({ exitCode, message }) => message ?? (exitCode === 0 ? undefined : endOf(lines)),
  }
}

function endOf(lines: readonly string[]): string | undefined {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  const text = bytes.subarray(Math.max(0, bytes.length - bytesMax)).toString('utf8')
  return text === '' ? undefined : text
}
