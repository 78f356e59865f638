/**
 * How many attempts an upstream may get beyond one per request: when it fails altogether, retries must not
 * multiply the load that it fails under. All routes to the upstream share one budget, which bounds two things:
 *
 * - the rate: over a sliding window, extra attempts <= ratio x requests + minPerSecond x window
 *   (Finagle's RetryBudget; Gateway API GEP-3388 has the same 20 % and 10 s). 1000 requests a second to an
 *   upstream that is down become at most 1203 attempts a second.
 * - what is in flight: extra attempts <= max(3, minPerSecond x window, ratio x requests in flight), as Envoy's `retry_budget`
 *   has it, but with a larger minimum: an endpoint that goes away takes all requests in flight with it at one moment,
 *   and of 16 Envoy's minimum of 3 would lose 13.
 *   The rate alone would let a slow upstream collect the retries of a whole window at once.
 */
import type { Clock } from '@podmates/shared/world/clock.ts'

export interface RetryBudgetRules {
  /** Extra attempts per request, 0..1. Envoy: `budget_percent`. */
  readonly ratio: number
  /** Extra attempts per second that are allowed besides, 0 or more, averaged over the window: so that a service with few requests can retry at all. */
  readonly minPerSecond: number
  /** Milliseconds that requests and attempts are remembered, 100 or more. */
  readonly windowMs: number
}

/** A hedge is no answer to a failure: it lives off the ratio alone, as Finagle's backup requests do. */
export type ExtraAttempt = 'retry' | 'hedge'

export interface RetryBudget {
  /** A request has begun: it brings its share, and is in flight until `requestEnded`. */
  deposit(): void
  /** Once for each `deposit`. */
  requestEnded(): void
  /** @returns whether an attempt more may be made; if so it is counted, and in flight until `attemptEnded` */
  tryWithdraw(kind: ExtraAttempt): boolean
  /** Once for each `tryWithdraw` that was true: the attempt is no longer in flight. What was spent stays spent. */
  attemptEnded(): void
  /** Retries that the rate would allow now; below 0 when the requests that paid for the last ones have left the window before them. */
  readonly balance: number
}

/** The window moves in steps of a hundredth. */
const slices = 100

/** Ratios are decimal fractions: 0.2 x 15 must be 3. */
const roundingError = 1e-9

export function retryBudget(rules: RetryBudgetRules, clock: Pick<Clock, 'now'>): RetryBudget {
  const { ratio, minPerSecond, windowMs } = rules
  const floor = (minPerSecond * windowMs) / 1000
  // Below five requests in flight the ratio would allow none.
  const inFlightMin = Math.max(3, floor)
  const sliceMs = windowMs / slices
  // In the slice that the begin of the window cuts, requests count no more and extra attempts still do: so the
  // bound holds exactly for every window, at the price of a hundredth of it.
  const requests = slidingCount(slices)
  const extras = slidingCount(slices + 1)
  let requestsInFlight = 0
  let extrasInFlight = 0

  return {
    deposit() {
      requests.add(present())
      requestsInFlight += 1
    },
    requestEnded() {
      requestsInFlight -= 1
    },
    tryWithdraw(kind) {
      if (extrasInFlight + 1 > Math.max(inFlightMin, ratio * requestsInFlight) + roundingError) return false
      if (earned() + (kind === 'retry' ? floor : 0) < 1 - roundingError) return false
      extras.add(present())
      extrasInFlight += 1
      return true
    },
    attemptEnded() {
      extrasInFlight -= 1
    },
    get balance() {
      return Math.floor(earned() + floor + roundingError)
    },
  }

  function present(): number {
    return Math.floor(clock.now() / sliceMs)
  }

  /** By the ratio, and not spent yet. */
  function earned(): number {
    const slice = present()
    return ratio * requests.total(slice) - extras.total(slice)
  }
}

/** What happened in the last slices of time. */
interface SlidingCount {
  add(slice: number): void
  /** In all of them, the given one included. */
  total(slice: number): number
}

/** @param length how many slices are remembered */
function slidingCount(length: number): SlidingCount {
  const counts = new Float64Array(length)
  let newest = 0
  let total = 0

  return {
    add(slice) {
      moveTo(slice)
      const at = slice % length
      counts[at] = (counts[at] ?? 0) + 1
      total += 1
    },
    total(slice) {
      moveTo(slice)
      return total
    },
  }

  /** Forgets what has left the window. */
  function moveTo(slice: number): void {
    for (let step = Math.min(slice - newest, length); step > 0; step -= 1) {
      const at = (slice - step + 1) % length
      total -= counts[at] ?? 0
      counts[at] = 0
    }
    newest = slice
  }
}
