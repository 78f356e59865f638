/** One attempt's place at an endpoint, from the decision to go there until it is over. */
import type { ClientConnection } from '../http1/client-connection.ts'
import type { ResponseEvents } from '../http1/response-events.ts'
import { noTicket } from './breaker/breaker.ts'
import { type Outcome, outcomeOf } from './breaker/circuit.ts'
import type { Endpoint } from './endpoint.ts'

/** Learns from the attempt, and gets the place back. */
export interface LeaseOwner {
  onOutcome(lease: Lease, outcome: Outcome, elapsedMs: number, retryAfterMs: number | undefined): void
  onReleased(lease: Lease): void
}

export class Lease {
  readonly kind = 'lease'
  readonly endpoint: Endpoint
  /** The endpoint is not healthy, but so few are that all are used (flag PN). */
  readonly isPanic: boolean
  /** By the clock's `now`. */
  readonly startedMs: number
  readonly #owner: LeaseOwner
  #isReleased = false

  /** Its end was told; without one it was cancelled. */
  hadOutcome = false

  /** The owner's: tickets of the circuits of the endpoint and of the upstream. */
  endpointTicket = noTicket
  upstreamTicket = noTicket

  /** @param choice `panic`: not healthy, but so few are that all are used */
  constructor(endpoint: Endpoint, choice: 'normal' | 'panic', startedMs: number, owner: LeaseOwner) {
    this.endpoint = endpoint
    this.isPanic = choice === 'panic'
    this.startedMs = startedMs
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
  answered(status: number, elapsedMs: number, retryAfterMs: number | undefined): void {
    this.#tell(outcomeOf(status), elapsedMs, retryAfterMs)
  }

  /**
   * There is no answer, or not a whole one: after `answered` it counts besides the answer that had looked good.
   * @param elapsedMs since the attempt began
   */
  failed(elapsedMs: number): void {
    this.#tell('failure', elapsedMs, undefined)
  }

  #tell(outcome: Outcome, elapsedMs: number, retryAfterMs: number | undefined): void {
    if (this.#isReleased) return
    this.hadOutcome = true
    this.#owner.onOutcome(this, outcome, elapsedMs, retryAfterMs)
  }

  /** Gives the place back; harmless afterwards. With neither `answered` nor `failed` before it the attempt was cancelled. */
  release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    this.#owner.onReleased(this)
  }
}
