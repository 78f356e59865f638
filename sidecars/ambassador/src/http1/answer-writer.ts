/** Writes answers to a client, in the framing that the client knows. */
import type { Socket } from 'node:net'
import type { RequestHead } from './request-head.ts'
import type { ResponseHead } from './response-head.ts'
import type { ScratchBuffer } from './scratch-buffer.ts'
import { goingAway, WebSocketFrames } from './websocket-frames.ts'
import { WriteBatch } from './write-batch.ts'
import { type ClientFraming, chunkEnd, chunkStart, chunksEnd, clientFraming, responseHeadText } from './write-head.ts'

export class AnswerWriter {
  readonly #out: WriteBatch
  #framing: ClientFraming = 'none'
  #trailers = ''
  /** Of a tunnel that speaks WebSocket. */
  #frames: WebSocketFrames | undefined

  constructor(socket: Socket, scratch: ScratchBuffer) {
    this.#out = new WriteBatch(socket, scratch)
  }

  head(head: ResponseHead, request: RequestHead, connection: { keepAlive: boolean }): void {
    this.#framing = clientFraming(head.framing, request.minorVersion)
    this.#out.addText(responseHeadText(head, this.#framing, connection))
  }

  /**
   * From here on bytes go out as they are.
   * @param head of a 101, or of the 200 to a CONNECT
   * @param protocol what is spoken from here on, if it is known
   */
  tunnel(head: string, protocol: string | undefined): void {
    this.#framing = 'raw'
    if (protocol?.toLowerCase() === 'websocket') this.#frames = new WebSocketFrames()
    this.#out.addText(head)
  }

  /** Ends a WebSocket in order, where it has just sent whole frames. @returns whether the client was told */
  goAway(): boolean {
    if (this.#frames?.mayFollow !== true) return false
    this.#out.addBytes(goingAway)
    return this.#out.flush()
  }

  /** @param latin1 as it is: a 1xx, or an answer of our own */
  text(latin1: string): void {
    this.#out.addText(latin1)
  }

  /** @param piece copied */
  body(piece: Buffer): void {
    if (this.#framing === 'raw') {
      this.#frames?.add(piece)
      this.#out.addBytes(piece)
    } else if (this.#framing === 'chunked' && piece.length > 0) {
      this.#out.addText(chunkStart(piece.length))
      this.#out.addBytes(piece)
      this.#out.addText(chunkEnd)
    }
  }

  /** Only chunks can be followed by trailers; in every other framing they are dropped. */
  trailers(fields: string): void {
    this.#trailers = fields
  }

  end(): void {
    if (this.#framing === 'chunked') this.#out.addText(chunksEnd(this.#trailers))
    this.#trailers = ''
  }

  /** Sends what was gathered. @returns false when the client takes less than it is given */
  flush(): boolean {
    return this.#out.flush()
  }
}
