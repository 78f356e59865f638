/** One attempt's place at an endpoint, from the decision to go there until it is over. */
import type { ClientConnection } from '../http1/client-connection.ts'
import type { ResponseEvents } from '../http1/response-events.ts'
import type { Endpoint } from './endpoint.ts'

/** How an attempt failed without an answer; all count as failures of the endpoint. */
export type AttemptFailure = 'connect' | 'reset' | 'closed' | 'invalid' | 'timeout'

/** Gets the place back. */
export interface LeaseOwner {
  onReleased(lease: Lease): void
}

export class Lease {
  readonly kind = 'lease'
  readonly endpoint: Endpoint
  /** The endpoint is not healthy, but so few are that all are used (flag PN). */
  readonly isPanic: boolean
  readonly #owner: LeaseOwner
  #isReleased = false

  constructor(endpoint: Endpoint, isPanic: boolean, owner: LeaseOwner) {
    this.endpoint = endpoint
    this.isPanic = isPanic
    this.#owner = owner
  }

  /** Finds a connection; `fresh` for the retry of a request that an idle connection lost. */
  connect(events: ResponseEvents, how: 'reuse' | 'fresh'): ClientConnection {
    return this.endpoint.connect(events, how)
  }

  /**
   * The head of the final response is here; breaker, outlier detection and balancer learn from it.
   * @param elapsedMs since the attempt began
   * @param retryAfterMs what a 429 or 503 asked for
   */
  answered(_status: number, _elapsedMs: number, _retryAfterMs: number | undefined): void {}

  /** There is no answer, or after `answered` not a whole one. @param elapsedMs since the attempt began */
  failed(_kind: AttemptFailure, _elapsedMs: number): void {}

  /** Gives the place back; harmless afterwards. With neither `answered` nor `failed` before it the attempt was cancelled. */
  release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    this.#owner.onReleased(this)
  }
}
