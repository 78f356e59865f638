/**
 * Finds the end of a body in a stream of bytes and hands on what belongs to it. One reader per framing;
 * a message without a body has none.
 */
import type { BodyFraming } from './body-framing.ts'
import { ChunkedBody } from './chunked-body.ts'
import type { MessageLimits } from './message-limits.ts'
import type { Refusal } from './refusal.ts'

/** Takes one piece of a body. The piece is a view on bytes that are overwritten later: copy it or write it now. */
export type TakePiece = (piece: Buffer) => void

export interface BodyReader {
  /**
   * Hands on the pieces of the body that begin at `from`.
   * @returns where the body's bytes end: less than `bytes.length` when what follows is another message
   */
  read(bytes: Buffer, from: number, take: TakePiece): number
  /** The body is complete. Never true for a body that ends with its connection. */
  readonly isDone: boolean
  /** Once done: the lines after the last chunk that may go on, each with its CRLF; mostly ''. */
  readonly trailers: string
  /** Why the body cannot be read on. */
  readonly refusal: Refusal | undefined
}

export function bodyReader(framing: Exclude<BodyFraming, { kind: 'none' }>, limits: MessageLimits): BodyReader {
  switch (framing.kind) {
    case 'length':
      return new LengthBody(framing.bytes)
    case 'chunked':
      return new ChunkedBody(limits)
    case 'until-close':
      return untilCloseBody
  }
}

class LengthBody implements BodyReader {
  readonly trailers = ''
  readonly refusal = undefined
  #missing: number

  constructor(bytes: number) {
    this.#missing = bytes
  }

  get isDone(): boolean {
    return this.#missing === 0
  }

  read(bytes: Buffer, from: number, take: TakePiece): number {
    const to = Math.min(bytes.length, from + this.#missing)
    this.#missing -= to - from
    take(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to))
    return to
  }
}

const untilCloseBody: BodyReader = {
  isDone: false,
  trailers: '',
  refusal: undefined,
  read: (bytes, from, take) => {
    take(bytes.subarray(from))
    return bytes.length
  },
}
