/**
 * Reads a chunked body (RFC 9112, 7.1). Sizes are written anew for the other side, extensions are checked and
 * dropped, so nothing that hides in them is ever seen by a second parser. Of the trailer section comes
 * out what `trailer-fields.ts` lets pass.
 */
import type { BodyReader, TakePiece } from './body-reader.ts'
import type { MessageLimits } from './message-limits.ts'
import { lf } from './octets.ts'
import { bodyTooLarge, headTooLarge, malformed, type Refusal } from './refusal.ts'
import { readTrailers } from './trailer-fields.ts'

/** Bytes of a line with a chunk size and its extensions. */
const sizeLineBytesMax = 256

/** 13 hexadecimal digits: 52 bits, which a double counts exactly. */
const sizeDigitsMax = 13

const sizeLine = /^([0-9a-f]+)((?:;[\w!#$%&'*+.^`|~-]+(?:=(?:[\w!#$%&'*+.^`|~-]+|"[\t !#-[\]-~\x80-\xff]*"))?)*)\r\n$/i

/** What the next bytes are. `data-end` is the CRLF after a chunk's data. */
type Expected = 'size' | 'data' | 'data-end' | 'trailer' | 'nothing'

export class ChunkedBody implements BodyReader {
  readonly #limits: MessageLimits
  #expected: Expected = 'size'
  #missing = 0
  /** The beginning of a line that did not arrive whole. */
  #line = ''
  #section = ''
  trailers = ''
  refusal: Refusal | undefined

  constructor(limits: MessageLimits) {
    this.#limits = limits
  }

  get isDone(): boolean {
    return this.#expected === 'nothing'
  }

  read(bytes: Buffer, from: number, take: TakePiece): number {
    let at = from
    while (at < bytes.length && !this.isDone && this.refusal === undefined) {
      at = this.#expected === 'data' ? this.#readData(bytes, at, take) : this.#readLine(bytes, at)
    }
    return at
  }

  #readData(bytes: Buffer, from: number, take: TakePiece): number {
    const to = Math.min(bytes.length, from + this.#missing)
    this.#missing -= to - from
    if (this.#missing === 0) this.#expected = 'data-end'
    take(bytes.subarray(from, to))
    return to
  }

  #readLine(bytes: Buffer, from: number): number {
    const feed = bytes.indexOf(lf, from)
    const to = feed < 0 ? bytes.length : feed + 1
    const length = this.#line.length + to - from
    if (length > this.#lineBytesMax()) {
      this.refusal = this.#lineTooLong()
      return to
    }
    this.#line += bytes.toString('latin1', from, to)
    if (feed < 0) return to
    const line = this.#line
    this.#line = ''
    this.refusal = this.#accept(line)
    return to
  }

  #lineBytesMax(): number {
    switch (this.#expected) {
      case 'size':
        return sizeLineBytesMax
      case 'trailer':
        return this.#limits.headBytesMax - this.#section.length
      default:
        return 2
    }
  }

  #lineTooLong(): Refusal {
    if (this.#expected === 'trailer') return headTooLarge('a trailer section larger than a head may be')
    if (this.#expected === 'size')
      return malformed(`a chunk size with more than ${sizeLineBytesMax} bytes of extensions`)
    return malformed('chunk data that does not end where its size says (RFC 9112, 7.1)')
  }

  /** @param line with its line feed */
  #accept(line: string): Refusal | undefined {
    if (!line.endsWith('\r\n')) return malformed('a line that ends without a carriage return (RFC 9112, 2.2)')
    switch (this.#expected) {
      case 'size':
        return this.#acceptSize(line)
      case 'trailer':
        return this.#acceptTrailer(line)
      default:
        this.#expected = 'size'
        return undefined
    }
  }

  #acceptSize(line: string): Refusal | undefined {
    const digits = sizeLine.exec(line)?.[1]
    if (digits === undefined) return malformed('a chunk size that is not a row of hexadecimal digits (RFC 9112, 7.1)')
    if (digits.length > sizeDigitsMax) return bodyTooLarge(`a chunk size of more than ${sizeDigitsMax} digits`)
    this.#missing = Number.parseInt(digits, 16)
    this.#expected = this.#missing === 0 ? 'trailer' : 'data'
    return undefined
  }

  #acceptTrailer(line: string): Refusal | undefined {
    this.#section += line
    if (line !== '\r\n') return undefined
    this.#expected = 'nothing'
    const read = readTrailers(this.#section, this.#limits)
    if (typeof read !== 'string') return read
    this.trailers = read
    return undefined
  }
}
