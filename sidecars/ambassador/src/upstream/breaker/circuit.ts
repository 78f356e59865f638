/**
 * The circuit of an endpoint or of a whole upstream as a pure machine: what has been seen goes in, the next
 * state comes out. Who waits for the time, and who asks, is `breaker.ts`.
 *
 *   closed -> open -> half_open -> closed
 *                ^________|
 */
import type { BreakerRules } from '../upstream-options.ts'

/** @property failures in a row */
export interface ClosedCircuit {
  readonly state: 'closed'
  readonly failures: number
}

/** Lets nothing through. */
export interface OpenCircuit {
  readonly state: 'open'
  /** `outlier`: it was ejected for its success rate. */
  readonly why: 'failures' | 'outlier'
  readonly untilMs: number
  /** How often it has opened since it was last closed, 1 or more. */
  readonly opened: number
}

/** Lets a few requests through to find out. */
export interface HalfOpenCircuit {
  readonly state: 'half_open'
  readonly opened: number
  /** Requests under way that decide. */
  readonly probing: number
  /** How many have succeeded. */
  readonly passed: number
}

export type Circuit = ClosedCircuit | OpenCircuit | HalfOpenCircuit

/**
 * What an attempt says about the endpoint.
 * - `success`: 1xx to 3xx
 * - `failure`: 5xx, or no whole answer
 * - `limited`: 429, which says "too much" rather than "broken": it counts in the ratio, not in the row
 * - `neutral`: other 4xx, which are about the request; as a probe it has passed, since somebody answered
 */
export type Outcome = 'success' | 'failure' | 'limited' | 'neutral'

/** @param status of a final response, 200..599 */
export function outcomeOf(status: number): Outcome {
  if (status < 400) return 'success'
  if (status >= 500) return 'failure'
  return status === 429 ? 'limited' : 'neutral'
}

/** Exact counts of the last 10 s, without neutral ones. */
export interface Tally {
  readonly bad: number
  readonly total: number
}

/** What decides for how long a circuit opens. */
export interface Moment {
  readonly nowMs: number
  /** [0, 1) */
  readonly jitter: number
  /** What the endpoint asked for with Retry-After. */
  readonly retryAfterMs: number | undefined
}

export const closedCircuit: ClosedCircuit = { state: 'closed', failures: 0 }

/** A longer Retry-After is not believed: an endpoint must not be lost for a typing error. */
const retryAfterMsMax = 300_000

/** @param tally with this outcome counted */
export function afterOutcome(
  circuit: ClosedCircuit,
  outcome: Outcome,
  tally: Tally,
  rules: BreakerRules,
  moment: Moment,
): Circuit {
  switch (outcome) {
    case 'success':
      return circuit.failures === 0 ? circuit : closedCircuit
    case 'neutral':
      return circuit
    case 'limited':
      return failsTooOften(tally, rules) ? opened('failures', 1, rules, moment) : circuit
    case 'failure': {
      const failures = circuit.failures + 1
      if (failures >= rules.consecutive || failsTooOften(tally, rules)) return opened('failures', 1, rules, moment)
      return { state: 'closed', failures }
    }
  }
}

function failsTooOften({ bad, total }: Tally, { ratio, minRequests }: BreakerRules): boolean {
  return total >= minRequests && bad / total >= ratio
}

/** The time is over: probes may go. */
export function halfOpened({ opened }: OpenCircuit): HalfOpenCircuit {
  return { state: 'half_open', opened, probing: 0, passed: 0 }
}

/** One more request may find out. */
export function hasProbeSlot(circuit: HalfOpenCircuit, { probes }: BreakerRules): boolean {
  return circuit.probing < probes
}

/** One slot is taken; `afterProbe` frees it. */
export function withProbe(circuit: HalfOpenCircuit): HalfOpenCircuit {
  return { ...circuit, probing: circuit.probing + 1 }
}

/** @param outcome `cancelled`: nothing is known, so only the slot is free again */
export function afterProbe(
  circuit: HalfOpenCircuit,
  outcome: Outcome | 'cancelled',
  rules: BreakerRules,
  moment: Moment,
): Circuit {
  const probing = circuit.probing - 1
  switch (outcome) {
    case 'cancelled':
      return { ...circuit, probing }
    case 'failure':
    case 'limited':
      return opened('failures', circuit.opened + 1, rules, moment)
    case 'success':
    case 'neutral':
      return circuit.passed + 1 >= rules.probes ? closedCircuit : { ...circuit, probing, passed: circuit.passed + 1 }
  }
}

/** Opens a closed one for a reason of its owner's. */
export function tripped(rules: BreakerRules, moment: Moment): OpenCircuit {
  return opened('failures', 1, rules, moment)
}

/** Opens it whatever it was, for the outlier detection. */
export function ejected(circuit: Circuit, forMs: number, nowMs: number): OpenCircuit {
  const opened = circuit.state === 'closed' ? 1 : circuit.opened
  return { state: 'open', why: 'outlier', untilMs: nowMs + forMs, opened }
}

function opened(why: OpenCircuit['why'], times: number, rules: BreakerRules, moment: Moment): OpenCircuit {
  return { state: 'open', why, untilMs: moment.nowMs + openMs(times, rules, moment), opened: times }
}

/**
 * Doubles from `openMinMs` to `openMaxMs`. The jitter, up to a half, stays inside, at the cap too: Pods that
 * opened together must not come back together.
 */
export function openMs(
  times: number,
  { openMinMs, openMaxMs }: BreakerRules,
  { jitter, retryAfterMs }: Omit<Moment, 'nowMs'>,
): number {
  const base = Math.min(openMinMs * 2 ** (times - 1), Math.max(openMinMs, openMaxMs / 1.5))
  const ms = Math.min(openMaxMs, base * (1 + jitter / 2))
  return Math.max(ms, Math.min(retryAfterMs ?? 0, retryAfterMsMax))
}
