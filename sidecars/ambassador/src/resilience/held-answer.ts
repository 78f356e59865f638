/**
 * An answer that a retry may better. It is kept while the next attempt is made: when that one brings no answer at
 * all, the client gets this one, which an endpoint has really given, and not one of ours (haproxy#439).
 */
import type { ResponseHead } from '../http1/response-head.ts'
import type { ReplayBody } from './replay-memory.ts'

/** What of its body is kept; the error pages of servers are smaller. */
export const heldBytesMax = 65_536

/** Changed by its attempt as the rest of it comes. */
export class HeldAnswer {
  readonly head: ResponseHead
  readonly body: ReplayBody
  trailers = ''
  isWhole = false

  /** @param body takes up to `heldBytesMax` of what all kept bodies share */
  constructor(head: ResponseHead, body: ReplayBody) {
    this.head = head
    this.body = body
  }
}
