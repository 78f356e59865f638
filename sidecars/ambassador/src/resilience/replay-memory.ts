/**
 * Keeps the bodies of requests that may have to be sent again. All together stay below one limit, so that many
 * large uploads cost retries and never the sidecar: a body that finds no room is sent once, and the reason told.
 */

/** Why a body was not kept. */
export type NotKept = 'too_large' | 'no_memory'

export interface ReplayMemory {
  /** @param bytesMax of this one body */
  open(bytesMax: number): ReplayBody
  /** Held by all bodies together. */
  readonly bytes: number
}

/** One body as far as it has come. */
export interface ReplayBody {
  /** @param piece copied @returns false when it is not kept any more: what was held is free again */
  add(piece: Buffer): boolean
  /** In the order in which they came. */
  readonly pieces: readonly Buffer[]
  /** Why it cannot be sent again. */
  readonly notKept: NotKept | undefined
  /** Gives the memory back; harmless afterwards. */
  free(): void
}

/** @param capBytes 0 or more, for all bodies together */
export function replayMemory(capBytes: number): ReplayMemory {
  let held = 0

  return {
    get bytes() {
      return held
    },
    open(bytesMax) {
      let pieces: Buffer[] = []
      let bytes = 0
      let notKept: NotKept | undefined

      const free = (): void => {
        held -= bytes
        bytes = 0
        pieces = []
      }
      return {
        get pieces() {
          return pieces
        },
        get notKept() {
          return notKept
        },
        free,
        add(piece) {
          if (notKept !== undefined) return false
          if (bytes + piece.length > bytesMax) notKept = 'too_large'
          else if (held + piece.length > capBytes) notKept = 'no_memory'
          if (notKept !== undefined) {
            free()
            return false
          }
          bytes += piece.length
          held += piece.length
          pieces.push(Buffer.from(piece))
          return true
        },
      }
    },
  }
}
