/**
 * An answer that a retry may better. It is kept while the next attempt is made: when that one brings no answer at
 * all, the client gets this one, which an endpoint has really given, and not one of ours (haproxy#439).
 */
import type { ResponseHead } from '../http1/response-head.ts'
import type { ServerConnection } from '../http1/server-connection.ts'

/** What of its body is kept; the error pages of servers are smaller. */
const bodyBytesMax = 16_384

export class HeldAnswer {
  readonly head: ResponseHead
  readonly endpoint: string
  readonly #pieces: Buffer[] = []
  #bytes = 0
  #trailers = ''
  #isWhole = false

  constructor(head: ResponseHead, endpoint: string) {
    this.head = head
    this.endpoint = endpoint
  }

  /** @param piece copied @returns false when there is too much of it: it can be given to nobody any more */
  add(piece: Buffer): boolean {
    this.#bytes += piece.length
    if (this.#bytes > bodyBytesMax) return false
    this.#pieces.push(Buffer.from(piece))
    return true
  }

  addTrailers(fields: string): void {
    this.#trailers = fields
  }

  end(): void {
    this.#isWhole = true
  }

  /** All of it is here. */
  get isWhole(): boolean {
    return this.#isWhole
  }

  get bytes(): number {
    return this.#bytes
  }

  giveTo(client: ServerConnection): void {
    client.respondHead(this.head)
    for (const piece of this.#pieces) client.respondBody(piece)
    if (this.#trailers !== '') client.respondTrailers(this.#trailers)
    client.respondEnd()
  }
}
