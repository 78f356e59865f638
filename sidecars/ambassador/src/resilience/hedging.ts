/**
 * The attempts of a request that is hedged: when the next one is due, which are on their way, and the end of the
 * others when one has won. A request whose route or method is not hedged has none of this.
 */
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'
import type { Lease } from '../upstream/lease.ts'
import type { Ask, Waiter } from '../upstream/place.ts'
import type { Attempt } from './attempt.ts'
import type { Destination } from './destination.ts'
import { type HedgeMoment, type HedgeRules, hedgeDelayMs, mayHedge } from './hedge-plan.ts'

/** The request, as its hedges see it. */
export interface HedgedRequest extends Waiter {
  readonly moment: Omit<HedgeMoment, 'hedges'>
  readonly ask: Ask
  readonly hasAnother: boolean
  /** Makes a hedge at this place, and tells it to `onBegun`. */
  sendHedge(lease: Lease): void
}

export class Hedging {
  readonly #rules: HedgeRules
  readonly #destination: Destination
  readonly #request: HedgedRequest
  readonly #clock: Clock
  readonly #inFlight: Attempt[] = []
  #hedges = 0
  #cancelDelay: Cancel | undefined

  constructor(rules: HedgeRules, destination: Destination, request: HedgedRequest, clock: Clock) {
    this.#rules = rules
    this.#destination = destination
    this.#request = request
    this.#clock = clock
  }

  /** An attempt is on its way: from now on the next one has its time. */
  onBegun(attempt: Attempt): void {
    this.#inFlight.push(attempt)
    this.#cancelDelay?.()
    const delayMs = hedgeDelayMs(this.#rules, this.#destination.latencies)
    this.#cancelDelay = delayMs === undefined ? undefined : this.#clock.after(delayMs, () => this.#tryNext())
  }

  /**
   * An attempt has failed. When others are on their way the next hedge is due at once (gRPC proposal A6).
   * @returns whether the answer may still come of another attempt
   */
  onFailed(attempt: Attempt): boolean {
    this.#inFlight.splice(this.#inFlight.indexOf(attempt), 1)
    if (this.#inFlight.length === 0) {
      this.stop()
      return false
    }
    this.#tryNext()
    return true
  }

  /**
   * This one has the answer: the others are given up. Those that it overtook count with the time that they had:
   * left out, the slow answers would be missing among those that say what is slow, and ever more would be hedged.
   */
  onWon(winner: Attempt): void {
    this.stop()
    const attempts = this.#inFlight.splice(0)
    const overtaken = attempts.slice(0, Math.max(0, attempts.indexOf(winner)))
    for (const attempt of attempts) if (attempt !== winner) attempt.cancel()
    for (const { elapsedMs } of overtaken) this.#destination.latencies.record(elapsedMs)
  }

  /** All are over. @param how `expire` counts against their endpoints */
  endAll(how: 'cancel' | 'expire'): void {
    this.stop()
    for (const attempt of this.#inFlight.splice(0)) attempt[how]()
  }

  /** No more hedges. */
  stop(): void {
    this.#cancelDelay?.()
    this.#cancelDelay = undefined
  }

  #tryNext(): void {
    this.stop()
    const { upstream, budget, latencies } = this.#destination
    const { isPanic, circuit } = upstream.facts
    const { moment, hasAnother } = this.#request
    const means = {
      p50Ms: latencies.quantile(0.5),
      hasAnother,
      isPanic,
      isBreakerOpen: circuit !== 'closed',
      budget,
    }
    if (!mayHedge({ ...moment, hedges: this.#hedges }, this.#rules, means)) return
    const place = upstream.acquire(this.#request.ask, this.#request)
    if (place.kind === 'lease') {
      this.#hedges += 1
      this.#request.sendHedge(place)
    } else budget.attemptEnded()
  }
}
