/**
 * The attempts of a request that is hedged: when the next one is due, which are on their way, and the end of the
 * others when one has won. A request whose route or method is not hedged has none of this.
 */
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'
import type { Lease } from '../upstream/lease.ts'
import type { Attempt } from './attempt.ts'
import type { Destination } from './destination.ts'
import { decideHedge, type HedgeMoment, type HedgeRefusal, type HedgeRules, hedgeDelayMs } from './hedge-plan.ts'
import type { PlaceSearch } from './place-search.ts'

/** The request, as its hedges see it. */
export interface HedgedRequest {
  readonly moment: Omit<HedgeMoment, 'hedges'>
  /** Makes a hedge at this place, and tells it to `onBegun`. */
  sendHedge(lease: Lease): void
  /** One was due, and is not sent. */
  noHedge(why: HedgeRefusal): void
}

export class Hedging {
  readonly #rules: HedgeRules
  readonly #destination: Destination
  readonly #request: HedgedRequest
  readonly #search: PlaceSearch
  readonly #clock: Clock
  readonly #inFlight: Attempt[] = []
  #hedges = 0
  #cancelDelay: Cancel | undefined

  constructor(
    rules: HedgeRules,
    destination: Destination,
    { request, search }: { readonly request: HedgedRequest; readonly search: PlaceSearch },
    clock: Clock,
  ) {
    this.#rules = rules
    this.#destination = destination
    this.#request = request
    this.#search = search
    this.#clock = clock
  }

  /** An attempt is on its way: from now on the next one has its time. */
  onBegun(attempt: Attempt): void {
    this.#inFlight.push(attempt)
    this.stop()
    const delayMs = hedgeDelayMs(this.#rules, this.#destination.latencies)
    if (delayMs === undefined) this.#request.noHedge('too_few_answers')
    else this.#cancelDelay = this.#clock.after(delayMs, () => this.#tryNext())
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
    const means = {
      p50Ms: latencies.quantile(0.5),
      hasAnother: this.#search.hasAnother,
      isPanic,
      isBreakerOpen: circuit !== 'closed',
      budget,
    }
    const verdict = decideHedge({ ...this.#request.moment, hedges: this.#hedges }, this.#rules, means)
    if (verdict !== 'send') {
      this.#request.noHedge(verdict)
      return
    }
    const place = this.#search.findForHedge()
    if (place.kind === 'lease') {
      this.#hedges += 1
      this.#request.sendHedge(place)
      return
    }
    budget.attemptEnded()
    this.#request.noHedge('no_place')
  }
}
