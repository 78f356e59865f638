/**
 * What a socket has read, in order and not before it is due. Bytes that nobody can take yet wait here. A little is
 * read on meanwhile, so that the end of a client behind a small request is seen at once; then the socket is paused,
 * and the rest waits in the kernel, and at last in the client. That such a client has closed its side, or has reset,
 * is seen when its bytes are taken.
 */
import type { Socket } from 'node:net'

export interface InputEvents {
  /** Takes what is due. @returns where the first byte stands that is not */
  readonly take: (bytes: Buffer) => number
  /** What could be taken was taken. */
  readonly onTaken: () => void
  /** The other side has closed its side. Told again with `none` when what waits has been taken. */
  readonly onEnd: (rest: 'none' | 'waiting') => void
}

/** When more than this waits, no more is read until it is taken. */
const readOnMax = 16_384

export class HeldInput {
  readonly #socket: Socket
  readonly #events: InputEvents
  #rest: Buffer | undefined
  #isTaking = false
  #hasEnded = false

  constructor(socket: Socket, events: InputEvents) {
    this.#socket = socket
    this.#events = events
    socket.on('end', () => {
      this.#hasEnded = true
      events.onEnd(this.#rest === undefined ? 'none' : 'waiting')
    })
  }

  /** @param bytes read from the socket; copied if they must wait */
  add(bytes: Buffer): void {
    if (this.#rest !== undefined) {
      this.#hold(Buffer.concat([this.#rest, bytes]))
      return
    }
    const at = this.#take(bytes)
    if (at < bytes.length) this.#hold(Buffer.from(bytes.subarray(at)))
    this.#events.onTaken()
  }

  /** Bytes wait to be taken. */
  get isWaiting(): boolean {
    return this.#rest !== undefined
  }

  /** The other side has closed its side; something of what it sent may be left. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Takes up what had to wait. */
  continue(): void {
    if (this.#isTaking) return
    const rest = this.#rest
    if (rest !== undefined) {
      this.#rest = undefined
      const at = this.#take(rest)
      if (at < rest.length) this.#hold(rest.subarray(at))
    }
    this.#events.onTaken()
    if (this.#rest !== undefined) return
    if (this.#hasEnded) this.#events.onEnd('none')
    else if (this.#socket.isPaused()) this.#socket.resume()
  }

  #take(bytes: Buffer): number {
    this.#isTaking = true
    const at = this.#events.take(bytes)
    this.#isTaking = false
    return at
  }

  /** @param rest this connection's own bytes: of many requests in one read, each must not cost a copy of those behind it */
  #hold(rest: Buffer): void {
    this.#rest = rest
    if (rest.length > readOnMax) this.#socket.pause()
  }

  /** What waits is not wanted any more. */
  drop(): void {
    this.#rest = undefined
  }
}
