/**
 * Bounds the extra load that retries and hedges make. Each request puts a share of an attempt into the budget,
 * each extra attempt takes a whole one: when everything fails, the upstream sees `1 + ratio` attempts per request
 * and not one for each that a route allows. All routes to an upstream share one budget, as in Finagle and Linkerd.
 */
import type { Clock } from '@podmates/shared/world/clock.ts'

export interface RetryBudgetRules {
  /** 0..1: extra attempts per request of the window. Envoy: budget_percent. */
  readonly ratio: number
  /** Extra attempts per second that are allowed besides, 0 or more, so that a service with few requests can retry at all. */
  readonly minPerSecond: number
  /** Milliseconds that requests and attempts are remembered, 1 s or more. */
  readonly windowMs: number
}

/** A hedge is no answer to a failure: it only takes what the ratio allows. */
export type ExtraAttempt = 'retry' | 'hedge'

export interface RetryBudget {
  /** A request has begun. */
  deposit(): void
  /** @returns whether an attempt more may be made; if so, it is counted */
  withdraw(what: ExtraAttempt): boolean
  /** Retries that would be allowed now. */
  readonly balance: number
}

/** The window moves in steps of a tenth. */
const slots = 10

export function retryBudget({ ratio, minPerSecond, windowMs }: RetryBudgetRules, clock: Pick<Clock, 'now'>): RetryBudget {
  const slotMs = windowMs / slots
  const floor = (minPerSecond * windowMs) / 1000
  const requests = new Float64Array(slots)
  const extras = new Float64Array(slots)
  let sumOfRequests = 0
  let sumOfExtras = 0
  let slot = Math.floor(clock.now() / slotMs)

  return {
    deposit() {
      const at = present()
      requests[at] = (requests[at] ?? 0) + 1
      sumOfRequests += 1
    },
    withdraw(what) {
      const at = present()
      if (allowed(what === 'retry' ? floor : 0) - sumOfExtras < 1) return false
      extras[at] = (extras[at] ?? 0) + 1
      sumOfExtras += 1
      return true
    },
    get balance() {
      present()
      return Math.max(0, Math.floor(allowed(floor) - sumOfExtras))
    },
  }

  function allowed(atLeast: number): number {
    return ratio * sumOfRequests + atLeast
  }

  /** Forgets what has left the window. @returns the place of the present slot */
  function present(): number {
    const now = Math.floor(clock.now() / slotMs)
    for (let step = Math.min(now - slot, slots); step > 0; step -= 1) {
      const at = (now - step + 1) % slots
      sumOfRequests -= requests[at] ?? 0
      sumOfExtras -= extras[at] ?? 0
      requests[at] = 0
      extras[at] = 0
    }
    slot = now
    return now % slots
  }
}
