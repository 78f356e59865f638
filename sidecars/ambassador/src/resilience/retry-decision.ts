/**
 * Decides whether a failed attempt is made again. The one rule that is never bent: a request that may have been
 * processed is not sent twice, unless doing it twice is the same as doing it once.
 *
 * An attempt is SAFE to repeat when nobody can have processed it: there was no connection. All else is UNSAFE and
 * needs an idempotent request. (gRPC proposal A6 calls them transparent and configurable retries.)
 */
import type { Random } from '@podmates/shared/world/random.ts'
import { backOffMs } from './back-off.ts'
import type { RetryAfter } from './retry-after.ts'
import type { RetryBudget } from './retry-budget.ts'
import { isRetriedTimeout, type RetryConditions, type RetryPolicy, type RetryRules } from './retry-rules.ts'

/** How an attempt ended without an answer that is passed on. */
export type AttemptFailure =
  /** No connection: refused, unreachable, not in time, no TLS. */
  | { readonly kind: 'connect' }
  | {
      readonly kind: 'lost'
      /** The connection had carried another request before this one. */
      readonly reused: boolean
      /** Bytes of an answer had arrived, though no whole final head: the client has nothing that another answer could contradict. */
      readonly answered: boolean
    }
  /** Bytes that are no valid HTTP. */
  | { readonly kind: 'invalid' }
  /** No head of an answer within `perTryMs`. */
  | { readonly kind: 'timeout' }
  | {
      readonly kind: 'status'
      readonly status: number
      /** What a 429 or 503 asked for. */
      readonly retryAfter: RetryAfter
      /** Another ambassador marked it with `podmates-overloaded`. */
      readonly isOverloaded: boolean
    }

/**
 * What of the body can be sent again: there is `none`, it is `kept`, nothing of it has been taken from the client
 * (`held`), or it was not kept and why.
 */
export type BodyState = 'none' | 'held' | 'kept' | 'too_large' | 'no_memory'

/** The request and what was done for it. */
export interface FailedAttempt {
  readonly failure: AttemptFailure
  readonly method: string
  readonly hasIdempotencyKey: boolean
  readonly body: BodyState
  /** The whole request had been handed to the socket. */
  readonly isSent: boolean
  /** Attempts that counted, this one included. */
  readonly attempts: number
  /** A stale connection was replaced for this request before. */
  readonly hadStale: boolean
}

/** What is left to retry with. */
export interface RetryMeans {
  /** Milliseconds until the request's deadline; Infinity without one. */
  readonly remainingMs: number
  /** Milliseconds that half of the upstream's answers take, if known. */
  readonly p50Ms: number | undefined
  /** There is an endpoint that the request has not been to. */
  readonly hasAnother: boolean
  /** Asked last, and only when all else allows the retry. */
  readonly budget: Pick<RetryBudget, 'tryWithdraw'>
  readonly random: Random
}

/** Nobody can have processed the request, or somebody may have. */
export type RetryClass = 'SAFE' | 'UNSAFE'

/** Why there is no retry: a word for metric and log. */
export type RetryRefusal =
  | 'off'
  | 'answered'
  | 'no_condition'
  | 'not_idempotent'
  | 'not_replayable'
  | 'attempts'
  | 'no_endpoint'
  | 'no_time'
  | 'budget'

/** Another attempt is made. */
export interface Retry {
  readonly retry: true
  readonly class: RetryClass
  /** Milliseconds to wait before the next attempt. */
  readonly waitMs: number
  /** `fresh`: idle connections are passed over, for one of them has just turned out to be closed. */
  readonly connection: 'reuse' | 'fresh'
  /**
   * `attempt`: it counts as one, and was withdrawn from the budget: tell the budget when it is over.
   * `stale`: a connection is replaced; it counts as no attempt and costs nothing.
   */
  readonly counts: 'attempt' | 'stale'
}

/** The failure stands: the client gets the last real answer, or one of ours. */
export interface NoRetry {
  readonly retry: false
  readonly class: RetryClass
  readonly reason: RetryRefusal
  /** The same for the developer of the app, as a clause. */
  readonly why: string
}

export type RetryDecision = Retry | NoRetry

/** Safe to do twice (RFC 9110, 9.2.2). */
const idempotentMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

type No = readonly [reason: RetryRefusal, why: string]

/** Spends one of the budget if and only if it answers with a retry that counts as an attempt. */
export function decideRetry(failed: FailedAttempt, policy: RetryPolicy, means: RetryMeans): RetryDecision {
  const safety = classOf(failed.failure)
  if (policy === 'off') return refused(safety, ['off', 'retries are off for this route'])
  if (isStale(failed)) {
    const no = byRequest(failed, safety, policy) ?? byTime(0, means)
    return no === undefined ? { ...retry(safety, 0), connection: 'fresh', counts: 'stale' } : refused(safety, no)
  }
  const no = byFailure(failed, policy.on) ?? byRequest(failed, safety, policy) ?? byAttempts(failed, policy, means)
  if (no !== undefined) return refused(safety, no)
  const waitMs = waitMsOf(failed, safety, means)
  const late = byTime(waitMs, means)
  if (late !== undefined) return refused(safety, late)
  if (!means.budget.tryWithdraw('retry'))
    return refused(safety, ['budget', 'the retry budget of the upstream is spent'])
  return retry(safety, waitMs)
}

function classOf(failure: AttemptFailure): RetryClass {
  return failure.kind === 'connect' ? 'SAFE' : 'UNSAFE'
}

/**
 * The upstream closed an idle connection while the request was on its way (RFC 9112, 9.3.1): the fault of a
 * connection, not of an endpoint. Once per request; whose fresh connection is lost as well has met a real failure.
 */
function isStale({ failure, hadStale }: FailedAttempt): boolean {
  return failure.kind === 'lost' && failure.reused && !failure.answered && !hadStale
}

/** What happened, and whether the route retries that. */
function byFailure({ failure, isSent }: FailedAttempt, on: RetryConditions): No | undefined {
  switch (failure.kind) {
    case 'connect':
      return on.connect ? undefined : notNamed('a failed connection')
    case 'lost':
      return on.reset ? undefined : notNamed('a lost connection')
    case 'invalid':
      return ['answered', 'the upstream has answered, though not in valid HTTP']
    case 'timeout':
      return isRetriedTimeout(on) ? undefined : notNamed('an attempt that takes too long')
    case 'status':
      if (!on.statuses.has(failure.status)) return notNamed(`status ${failure.status}`)
      return isSent ? undefined : ['answered', 'the upstream answered before it had the whole request']
  }
}

function notNamed(what: string): No {
  return ['no_condition', `the route does not retry after ${what}`]
}

/** What the request allows. */
function byRequest(failed: FailedAttempt, safety: RetryClass, rules: RetryRules): No | undefined {
  if (safety === 'UNSAFE' && !isIdempotent(failed, rules)) {
    const why =
      rules.idempotent === 'never' ? 'the route repeats no such request' : `${failed.method} is not idempotent`
    return ['not_idempotent', `the request may have been processed, and ${why}`]
  }
  switch (failed.body) {
    case 'too_large':
      return ['not_replayable', `the body was sent and not kept: it is larger than ${rules.bodyBytes} bytes`]
    case 'no_memory':
      return ['not_replayable', 'the body was sent and not kept: the memory for bodies of all requests is full']
    case 'none':
    case 'held':
    case 'kept':
      return undefined
  }
}

/** Whether the request may be sent again although it may have been processed. */
export function isIdempotent(
  { method, hasIdempotencyKey }: Pick<FailedAttempt, 'method' | 'hasIdempotencyKey'>,
  { idempotent }: Pick<RetryRules, 'idempotent'>,
): boolean {
  switch (idempotent) {
    case 'always':
      return true
    case 'auto':
      return hasIdempotencyKey || idempotentMethods.has(method)
    case 'never':
      return false
  }
}

function byAttempts(
  { failure, attempts }: FailedAttempt,
  rules: RetryRules,
  { hasAnother }: RetryMeans,
): No | undefined {
  if (attempts >= rules.attempts) {
    return ['attempts', attempts === 1 ? '1 attempt was made' : `${attempts} attempts were made`]
  }
  if (failure.kind === 'status' && failure.isOverloaded && !hasAnother) {
    return ['no_endpoint', "the upstream's own ambassador is overloaded, and there is no other endpoint"]
  }
  return undefined
}

/** What the upstream asked for, lengthened at random so that not all come back at once (as Envoy does), or else the back-off. */
function waitMsOf({ failure, attempts }: FailedAttempt, safety: RetryClass, means: RetryMeans): number {
  // Nothing is to be spared there: the failure was quick, and the other endpoint has had no part in it.
  if (safety === 'SAFE' && attempts === 1 && means.hasAnother) return 0
  const waitMs = backOffMs(attempts, means.random)
  if (failure.kind !== 'status' || failure.retryAfter === undefined) return waitMs
  if (failure.retryAfter === 'too_long') return Number.POSITIVE_INFINITY
  return Math.max(waitMs, failure.retryAfter * (1 + means.random.next() / 2))
}

/** An attempt that cannot end in time only adds load. */
function byTime(waitMs: number, { remainingMs, p50Ms = 0 }: RetryMeans): No | undefined {
  if (Number.isFinite(waitMs) && remainingMs > 0 && remainingMs >= waitMs + p50Ms) return undefined
  if (waitMs === Number.POSITIVE_INFINITY) return ['no_time', 'the upstream asked for a wait of more than 5 minutes']
  const [left, wait, usual] = [remainingMs, waitMs, p50Ms].map((ms) => Math.max(0, Math.round(ms)))
  return ['no_time', `${left} ms are left, for ${wait} ms to wait and an answer that takes ${usual} ms`]
}

function retry(safety: RetryClass, waitMs: number): Retry {
  return { retry: true, class: safety, waitMs, connection: 'reuse', counts: 'attempt' }
}

function refused(safety: RetryClass, [reason, why]: No): NoRetry {
  return { retry: false, class: safety, reason, why }
}
