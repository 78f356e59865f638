/**
 * Keeps the bodies of requests that may have to be sent again. All together stay below one limit, so that many
 * large uploads cost retries and never the sidecar: a body that finds no room is sent once, and the reason told.
 * (Envoy may answer 507 there.)
 */

/** Why a body was not kept: larger than its own limit, or no room left in what all share. */
export type NotKept = 'too_large' | 'no_memory'

export interface ReplayMemory {
  /** @param bytesMax of this one body */
  open(bytesMax: number): ReplayBody
  /** Taken by all bodies together, 0 up to the cap. */
  readonly bytes: number
}

/** One body as far as it has come. */
export interface ReplayBody {
  /** @param piece copied @returns false when it is not kept any more: what was held is free again */
  add(piece: Buffer): boolean
  /** In order; to be written before the next `add` or `free`. Empty when it is not kept. */
  readonly pieces: readonly Buffer[]
  /** Why it cannot be sent again; final. */
  readonly notKept: NotKept | undefined
  /** Gives the memory back, once the body is not needed any more; harmless afterwards. */
  free(): void
}

/** @param capBytes 0 or more, for all bodies together */
export function replayMemory(capBytes: number): ReplayMemory {
  const shared = { capBytes, bytes: 0 }
  return {
    open: (bytesMax) => new KeptBody(bytesMax, shared),
    get bytes() {
      return shared.bytes
    },
  }
}

/** The memory of all bodies. */
interface Shared {
  readonly capBytes: number
  bytes: number
}

class KeptBody implements ReplayBody {
  readonly #bytesMax: number
  readonly #shared: Shared
  /** All full but for the last, whose end is still free. */
  #blocks: Buffer[] = []
  #blockBytes = 0
  #freeBytes = 0
  #notKept: NotKept | undefined
  #isFreed = false

  constructor(bytesMax: number, shared: Shared) {
    this.#bytesMax = bytesMax
    this.#shared = shared
  }

  get notKept(): NotKept | undefined {
    return this.#notKept
  }

  get pieces(): readonly Buffer[] {
    const last = this.#blocks.at(-1)
    if (last === undefined || this.#freeBytes === 0) return this.#blocks
    return [...this.#blocks.slice(0, -1), last.subarray(0, last.length - this.#freeBytes)]
  }

  add(piece: Buffer): boolean {
    if (this.#isFreed) return false
    const kept = this.#blockBytes - this.#freeBytes
    if (kept + piece.length > this.#bytesMax) return this.#giveUp('too_large')
    const fitting = this.#fill(piece)
    const rest = piece.subarray(fitting)
    if (rest.length === 0) return true
    if (!this.#grow(rest.length)) return this.#giveUp('no_memory')
    this.#fill(rest)
    return true
  }

  free(): void {
    this.#isFreed = true
    this.#shared.bytes -= this.#blockBytes
    this.#blocks = []
    this.#blockBytes = 0
    this.#freeBytes = 0
  }

  #giveUp(why: NotKept): false {
    this.#notKept = why
    this.free()
    return false
  }

  /** @returns how much of the piece the last block took */
  #fill(piece: Buffer): number {
    const block = this.#blocks.at(-1)
    if (block === undefined || this.#freeBytes === 0) return 0
    const taken = piece.copy(block, block.length - this.#freeBytes)
    this.#freeBytes -= taken
    return taken
  }

  /**
   * Most bodies come in one piece, and the first block is as large as that. Each further block doubles what there
   * is: a block for each piece would let a body of single bytes cost a hundred times what is counted.
   * @returns false when there is no room
   */
  #grow(bytes: number): boolean {
    const room = Math.min(this.#bytesMax - this.#blockBytes, this.#shared.capBytes - this.#shared.bytes)
    if (bytes > room) return false
    const blockBytes = Math.min(Math.max(bytes, this.#blockBytes), room)
    this.#blocks.push(Buffer.allocUnsafe(blockBytes))
    this.#blockBytes += blockBytes
    this.#freeBytes = blockBytes
    this.#shared.bytes += blockBytes
    return true
  }
}
