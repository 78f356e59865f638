/**
 * What a socket has read, in order and not before it is due. Bytes that nobody can take yet wait here, at
 * most one read of them, with the socket paused: the rest waits in the kernel, and at last in the client.
 */
import type { Socket } from 'node:net'

export interface InputEvents {
  /** Takes what is due. @returns where the first byte stands that is not */
  readonly take: (bytes: Buffer) => number
  /** What could be taken was taken. */
  readonly onTaken: () => void
  /** The other side has closed its side, and nothing of what it sent is left. */
  readonly onEnd: () => void
}

export class HeldInput {
  readonly #socket: Socket
  readonly #events: InputEvents
  #rest: Buffer | undefined
  #isTaking = false
  #hasEnded = false

  constructor(socket: Socket, events: InputEvents) {
    this.#socket = socket
    this.#events = events
    socket.on('data', (bytes: Buffer) => this.#advance(bytes))
    socket.on('end', () => {
      this.#hasEnded = true
      if (this.#rest === undefined) events.onEnd()
    })
  }

  /** Bytes wait to be taken. */
  get isWaiting(): boolean {
    return this.#rest !== undefined
  }

  /** The other side has closed its side; something of what it sent may be left. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  #advance(bytes: Buffer): void {
    this.#isTaking = true
    const at = this.#events.take(bytes)
    this.#isTaking = false
    if (at < bytes.length) {
      this.#rest = bytes.subarray(at)
      this.#socket.pause()
    }
    this.#events.onTaken()
  }

  /** Takes up what had to wait. */
  continue(): void {
    if (this.#isTaking) return
    const rest = this.#rest
    if (rest !== undefined) {
      this.#rest = undefined
      this.#advance(rest)
    } else this.#events.onTaken()
    if (this.#rest !== undefined) return
    if (this.#hasEnded) this.#events.onEnd()
    else if (this.#socket.isPaused()) this.#socket.resume()
  }

  /** What waits is not wanted any more. */
  drop(): void {
    this.#rest = undefined
  }
}
