/**
 * Hedging: when an answer takes longer than most, the request is sent to a second endpoint as well and the first
 * acceptable answer wins (Dean and Barroso, The Tail at Scale, 2013; gRPC proposal A6). Here stands when the next
 * attempt is due, and whether it may be made; the exchange makes it and ends the losers.
 */
import type { LatencyWindow } from './latency-window.ts'
import type { RetryBudget } from './retry-budget.ts'

/** When a route hedges, as its configuration says. */
export interface HedgeRules {
  /** How long an attempt may take before the next is sent: fixed, or a quantile of what answers took lately, 0 < q < 1. */
  readonly after: { readonly ms: number } | { readonly quantile: number }
  /** The least of a quantile, in ms: where answers take 1 ms, a pause of the garbage collector would send hedges. */
  readonly minDelayMs: number
  /** Hedges of one request, 1..5. */
  readonly max: number
}

/** Safe methods (RFC 9110, 9.2.1): that both attempts are processed must not even be noticed. */
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/**
 * Milliseconds from one attempt to the next.
 * @returns undefined when too few answers are known to tell: no hedge then
 */
export function hedgeDelayMs({ after, minDelayMs }: HedgeRules, latencies: LatencyWindow): number | undefined {
  if ('ms' in after) return after.ms
  const ms = latencies.quantile(after.quantile)
  return ms === undefined ? undefined : Math.max(minDelayMs, ms)
}

/** Whether requests of this method may be sent twice only for the sake of speed. */
export function isHedgedMethod(method: string): boolean {
  return safeMethods.has(method)
}

/** Whether a hedge will ever come in question: else no timer is set. */
export function isHedgeable(method: string, hasBody: 'body' | 'none'): boolean {
  return hasBody === 'none' && isHedgedMethod(method)
}

/** The request, at the moment when a hedge is due: the delay is over, or an attempt has failed in a way that is not final. */
export interface HedgeMoment {
  readonly method: string
  readonly body: 'body' | 'none'
  /** Hedges made so far. */
  readonly hedges: number
  /** The client has the head of an answer. */
  readonly isAnswered: boolean
  /** An answer asked to be left alone for a while (429 or 503 with Retry-After): A6 calls it pushback. */
  readonly hadPushback: boolean
  /** Milliseconds until the request's deadline; Infinity without one. */
  readonly remainingMs: number
}

/** The upstream at that moment. */
export interface HedgeMeans {
  /** Milliseconds that half of the upstream's answers take, if known. */
  readonly p50Ms: number | undefined
  /** There is an endpoint that the request has not been to. */
  readonly hasAnother: boolean
  /** So few endpoints are healthy that all are used. */
  readonly isPanic: boolean
  /** The circuit of the upstream is not closed. */
  readonly isBreakerOpen: boolean
  /** Asked last, and only when all else allows the hedge. */
  readonly budget: Pick<RetryBudget, 'tryWithdraw'>
}

/** Why a hedge that was due is not sent, in one word for the metric. */
export type HedgeRefusal =
  | 'too_few_answers'
  | 'answered'
  | 'not_hedgeable'
  | 'max'
  | 'pushback'
  | 'panic'
  | 'breaker_open'
  | 'no_endpoint'
  | 'no_time'
  | 'budget'
  | 'no_place'

/** Spends one of the budget if and only if the answer is `send`: tell the budget when that attempt is over. */
export function decideHedge(moment: HedgeMoment, rules: HedgeRules, means: HedgeMeans): 'send' | HedgeRefusal {
  if (moment.isAnswered) return 'answered'
  if (!isHedgeable(moment.method, moment.body)) return 'not_hedgeable'
  if (moment.hedges >= rules.max) return 'max'
  if (moment.hadPushback) return 'pushback'
  // An upstream in trouble is not given more to do for the sake of speed.
  if (means.isPanic) return 'panic'
  if (means.isBreakerOpen) return 'breaker_open'
  if (!means.hasAnother) return 'no_endpoint'
  if (moment.remainingMs <= (means.p50Ms ?? 0)) return 'no_time'
  return means.budget.tryWithdraw('hedge') ? 'send' : 'budget'
}
