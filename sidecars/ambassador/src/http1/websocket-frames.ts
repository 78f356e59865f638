/**
 * Follows the frames that an upstream sends through a WebSocket tunnel (RFC 6455, 5.2), only far enough to know where one ends:
 * there, and nowhere else, a frame of our own may stand, even between the fragments of a message (5.4).
 */

/** A close frame that says 1001, "going away" (RFC 6455, 7.4.1): the client connects anew, and elsewhere. */
export const goingAway: Buffer = Buffer.from([0x88, 2, 0x03, 0xe9])

const closeOpcode = 8

/** The frames of one direction of one tunnel. Never throws: what is no frame leads to places that are none. */
export class WebSocketFrames {
  /** Of the head of the current frame, as far as it has come: 2 to 14 bytes. */
  readonly #head: number[] = []
  /** Of the current frame's payload, not here yet. A length beyond 2^53 is as endless as one that is not. */
  #payloadLeft = 0
  #hasClosed = false

  /** Everything that has come is whole frames, none of them a close frame, after which nothing may follow. */
  get mayFollow(): boolean {
    return this.#head.length === 0 && this.#payloadLeft === 0 && !this.#hasClosed
  }

  add(piece: Buffer): void {
    let at = 0
    while (at < piece.length) {
      if (this.#payloadLeft > 0) {
        const taken = Math.min(this.#payloadLeft, piece.length - at)
        this.#payloadLeft -= taken
        at += taken
      } else {
        this.#head.push(piece[at] ?? 0)
        at += 1
        this.#readHead()
      }
    }
  }

  #readHead(): void {
    const [first = 0, second = 0] = this.#head
    const length = second & 127
    const lengthBytes = length === 127 ? 8 : length === 126 ? 2 : 0
    // A server does not mask; if one does all the same, its mask is part of the head.
    const maskBytes = (second & 128) === 0 ? 0 : 4
    if (this.#head.length < 2 || this.#head.length < 2 + lengthBytes + maskBytes) return
    this.#payloadLeft = length
    if (lengthBytes > 0)
      this.#payloadLeft = this.#head.slice(2, 2 + lengthBytes).reduce((sum, byte) => sum * 256 + byte, 0)
    if ((first & 15) === closeOpcode) this.#hasClosed = true
    this.#head.length = 0
  }
}
