/**
 * A buffer that all connections copy large pieces into on their way out, again and again.
 *
 * Hot: a buffer made for each piece costs 30 us per 64 KiB, most of it in the garbage collector, which marks the
 * whole heap whenever some 30 MB of them have come together (test/bench/ambassador).
 * Safe: the kernel mostly takes all at once; bytes that it has not taken yet are left to it (`giveAway`).
 */

/** A read of an upstream's socket, and the largest head before it, unless heads may be larger than they are by default. */
const bytesKept = 112 * 1024

export class ScratchBuffer {
  #bytes: Buffer | undefined

  /** @returns as many bytes, with whatever was in them before; to be used before the next `take` */
  take(length: number): Buffer {
    if (length > bytesKept) return Buffer.allocUnsafeSlow(length)
    this.#bytes ??= Buffer.allocUnsafeSlow(bytesKept)
    return this.#bytes.subarray(0, length)
  }

  /** The bytes taken last are still needed; the next ones will be others. */
  giveAway(): void {
    this.#bytes = undefined
  }
}
