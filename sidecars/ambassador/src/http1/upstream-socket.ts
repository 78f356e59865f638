/**
 * A socket that reads what the other side said last, though writing to it fails. A server that refuses a
 * body answers 413 and closes with the body unread, which makes it a reset right behind the answer. The
 * kernel still holds that answer, but Node drops a socket at the first failed write, and the client would
 * see a broken connection in place of the reason.
 */
import { type NetConnectOpts, Socket } from 'node:net'
import { afterArrivals } from '@podmates/shared/world/event-loop.ts'

export class UpstreamSocket extends Socket {
  #hasFailedWrite = false

  /** Begins to connect. */
  constructor(options: NetConnectOpts) {
    super(options)
    this.connect(options)
  }

  override destroy(error?: Error & { readonly syscall?: string }): this {
    if (error?.syscall !== 'write' || this.#hasFailedWrite) return super.destroy(error)
    this.#hasFailedWrite = true
    // What is not here by then is lost.
    afterArrivals(() => super.destroy(error))
    return this
  }
}
