/**
 * Where log lines go: stdout, as JSON, or for a person who watches a terminal. Lines go through the same stream
 * as whatever else a sidecar writes there (the adapter's records), so that none lands in the middle of another;
 * and a reader that falls asleep costs lines, not the sidecar: a pipe that is full is not waited for.
 */
import type { Writable } from 'node:stream'
import { humanLine } from './human-line.ts'

export interface StdoutLines {
  /** Takes one line with its newline. It has left the process when this returns, unless the reader is behind. */
  write(line: string): void
  /** Lines dropped since the last call, because the reader was too far behind. */
  takeDropped(): number
}

export type LineStream = Writable & { readonly isTTY?: boolean }

/** What waits for a reader that is behind; lines beyond it are dropped and counted, and the sidecar goes on. */
const waitingBytesMax = 1_048_576

/** @param env NO_COLOR (no-color.org) turns the colours of a terminal off */
export function stdoutLines(
  env: Readonly<Record<string, string | undefined>>,
  stdout: LineStream = process.stdout,
): StdoutLines {
  const colour = env.NO_COLOR === undefined || env.NO_COLOR === ''
  let dropped = 0
  // Without a reader (EPIPE) there is no other place where it could be told, and the sidecar still has its work.
  stdout.on('error', () => {})
  return {
    write(line) {
      if (stdout.writableLength + line.length > waitingBytesMax) dropped += 1
      else stdout.write(stdout.isTTY === true ? humanLine(line, { colour }) : line)
    },
    takeDropped() {
      const count = dropped
      dropped = 0
      return count
    },
  }
}
