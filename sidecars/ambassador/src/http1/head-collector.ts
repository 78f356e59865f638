/**
 * Cuts heads out of a stream of bytes. A head nearly always arrives whole, in one read, and is then
 * sliced straight from the bytes that were read; one that arrives in pieces is collected here.
 */
import { cr, lf } from './octets.ts'
import { headTooLarge, malformed, type Refusal, targetTooLong } from './refusal.ts'

const emptyLine = Buffer.from('\r\n\r\n')
const nothing = Buffer.alloc(0)

export class HeadCollector {
  readonly #headBytesMax: number
  #pieces: Buffer = nothing
  #length = 0

  /** @param headBytesMax more bytes than this without an empty line are refused */
  constructor(headBytesMax: number) {
    this.#headBytesMax = headBytesMax
  }

  /** Where, in the bytes last given to `take`, the head ended. */
  end = 0

  /** Some bytes of a head are here, but not all. */
  get isPartial(): boolean {
    return this.#length > 0
  }

  /**
   * @param bytes copied if they are kept
   * @returns the head as latin1 up to its empty line; undefined while it is not complete
   */
  take(bytes: Buffer, from: number): string | Refusal | undefined {
    if (this.#length > 0) return this.#takeMore(bytes, from)
    const at = bytes.indexOf(emptyLine, from)
    if (at < 0) return this.#keep(bytes, from)
    this.end = at + emptyLine.length
    if (this.end - from > this.#headBytesMax) return tooLarge(bytes.subarray(from, this.end), this.#headBytesMax)
    return bytes.toString('latin1', from, this.end)
  }

  #takeMore(bytes: Buffer, from: number): string | Refusal | undefined {
    const before = this.#length
    const refusal = this.#keep(bytes, from)
    const kept = this.#pieces.subarray(0, this.#length)
    const at = kept.indexOf(emptyLine, Math.max(0, before - emptyLine.length + 1))
    if (at < 0) return refusal
    const length = at + emptyLine.length
    this.#length = 0
    this.#pieces = nothing
    this.end = from + length - before
    if (length > this.#headBytesMax) return tooLarge(kept, this.#headBytesMax)
    return kept.toString('latin1', 0, length)
  }

  /** Keeps what came, in a buffer that grows by doubling: a byte at a time must not cost a copy of all before it. */
  #keep(bytes: Buffer, from: number): Refusal | undefined {
    const before = this.#length
    const length = before + bytes.length - from
    if (length > this.#pieces.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#pieces.length, 1024))
      this.#pieces.copy(larger, 0, 0, before)
      this.#pieces = larger
    }
    bytes.copy(this.#pieces, before, from)
    this.#length = length
    const kept = this.#pieces.subarray(0, length)
    if (length > this.#headBytesMax) return tooLarge(kept, this.#headBytesMax)
    if (hasBareLineFeed(kept, before)) return malformed('a line that ends without a carriage return (RFC 9112, 2.2)')
    return undefined
  }
}

function tooLarge(head: Buffer, headBytesMax: number): Refusal {
  const what = `more than ${headBytesMax} bytes before the end of the head`
  return head.subarray(0, headBytesMax).includes(lf) ? headTooLarge(what) : targetTooLong(what)
}

/** Without this check a client whose lines end in LF alone would wait for an answer until its head is too slow. */
function hasBareLineFeed(bytes: Buffer, from: number): boolean {
  for (let at = bytes.indexOf(lf, from); at >= 0; at = bytes.indexOf(lf, at + 1)) {
    if (bytes[at - 1] !== cr) return true
  }
  return false
}
