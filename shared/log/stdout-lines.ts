/**
 * Where log lines go: stdout, as JSON, or for a person who watches a terminal. Lines go through the same stream
 * as whatever else a sidecar writes there (the adapter's records), so that none lands in the middle of another;
 * and a reader that falls asleep costs lines, not the sidecar: a pipe that is full is not waited for.
 */
import type { Writable } from 'node:stream'
import type { Clock } from '../world/clock.ts'
import { humanLine } from './human-line.ts'

export interface StdoutLines {
  /** Takes one line with its newline. It has left the process when this returns, unless the reader is behind. */
  write(line: string): void
  /**
   * Takes one line with its newline, of the kind that comes with every request: it is written together with
   * others, 100 ms later at the latest, and before any line that `write` is given after it.
   */
  writeSoon(line: string): void
  /** Lines dropped since the last call, because the reader was too far behind. */
  takeDropped(): number
}

export type LineStream = Writable & { readonly isTTY?: boolean }

/** What waits for a reader that is behind; lines beyond it are dropped and counted, and the sidecar goes on. */
const waitingBytesMax = 1_048_576

/**
 * Hot: a write for each line costs 5 us of system time, one for many 0.2 us per line (test/bench/ambassador).
 * Safe: what a kill -9 may take is what came in the last 100 ms; Envoy keeps 64 KiB or 10 s.
 */
const gatheredBytesMax = 16_384
const gatheredMsMax = 100

/** @param env NO_COLOR (no-color.org) turns the colours of a terminal off */
export function stdoutLines(
  env: Readonly<Record<string, string | undefined>>,
  clock: Pick<Clock, 'after'>,
  stdout: LineStream = process.stdout,
): StdoutLines {
  const colour = env.NO_COLOR === undefined || env.NO_COLOR === ''
  let dropped = 0
  let gathered = ''
  let isDue = false
  // Without a reader (EPIPE) there is no other place where it could be told, and the sidecar still has its work.
  stdout.on('error', () => {})
  return {
    write(line) {
      writeGathered()
      if (hasRoomFor(line)) stdout.write(stdout.isTTY === true ? humanLine(line, { colour }) : line)
    },
    writeSoon(line) {
      if (!hasRoomFor(line)) return
      gathered += stdout.isTTY === true ? humanLine(line, { colour }) : line
      if (gathered.length >= gatheredBytesMax) writeGathered()
      else if (!isDue) {
        isDue = true
        clock.after(gatheredMsMax, () => {
          isDue = false
          writeGathered()
        })
      }
    },
    takeDropped() {
      const count = dropped
      dropped = 0
      return count
    },
  }

  function hasRoomFor(line: string): boolean {
    const fits = stdout.writableLength + gathered.length + line.length <= waitingBytesMax
    if (!fits) dropped += 1
    return fits
  }

  function writeGathered(): void {
    if (gathered === '') return
    stdout.write(gathered)
    gathered = ''
  }
}
