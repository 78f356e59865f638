/** Where log lines go: stdout, written synchronously; as JSON, or for a person who watches a terminal. */
import { isatty } from 'node:tty'
import { pino } from 'pino'
import { humanLine } from './human-line.ts'

const stdout = 1

/** What waits for a stdout that cannot take it (a full disk behind it); more is dropped, the sidecar goes on. */
const waitingBytesMax = 1_048_576

/** @param env NO_COLOR (no-color.org) turns the colours of a terminal off */
export function stdoutLines(env: Readonly<Record<string, string | undefined>>): (line: string) => void {
  const destination = pino.destination({ fd: stdout, sync: true, maxLength: waitingBytesMax })
  // pino itself falls silent when the reader is gone (EPIPE); any other failure must not end the sidecar either,
  // and there is no other place where it could be told.
  destination.on('error', () => {})
  if (!isatty(stdout)) return (line) => destination.write(line)
  const colour = env.NO_COLOR === undefined || env.NO_COLOR === ''
  return (line) => destination.write(humanLine(line, { colour }))
}
