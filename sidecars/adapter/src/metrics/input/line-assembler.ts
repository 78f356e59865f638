/** Lines out of a byte stream whose pieces end anywhere. */
import { type StatsdIntake, statsdLineBytesMax } from './statsd-intake.ts'

export interface LineAssembler {
  /** Takes the next piece. @param nowMs monotonic */
  push(chunk: Buffer, nowMs: number): void
  /** The stream has ended: the last line may have no newline. */
  end(nowMs: number): void
}

const newline = 0x0a

/** Holds at most one line of the longest length; of a longer one only its beginning, which is counted as too long. */
export function createLineAssembler(intake: StatsdIntake): LineAssembler {
  let held: Buffer = Buffer.alloc(0)

  return {
    push(chunk, nowMs) {
      const end = chunk.lastIndexOf(newline)
      if (end === -1) return hold(chunk)
      const first = chunk.indexOf(newline)
      hold(chunk.subarray(0, first))
      intake.line(held, 0, held.length, nowMs)
      held = Buffer.alloc(0)
      intake.packet(chunk.subarray(first + 1, end), nowMs)
      hold(chunk.subarray(end + 1))
    },
    end(nowMs) {
      intake.line(held, 0, held.length, nowMs)
      held = Buffer.alloc(0)
    },
  }

  /** One byte more than a line may have is enough to know that it is too long. */
  function hold(piece: Buffer): void {
    const room = statsdLineBytesMax + 1 - held.length
    if (room > 0) held = Buffer.concat([held, piece.subarray(0, room)])
  }
}
