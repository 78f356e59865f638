/** When a route tries again, as its configuration says. */

/** What counts as a failure that another attempt may mend. */
export interface RetryConditions {
  /** No connection was had, or it was lost before a byte of the request was written. Envoy: `connect-failure`, `reset-before-request`. */
  readonly connect: boolean
  /** The connection was lost before an answer. Envoy: `reset`. */
  readonly reset: boolean
  /** An attempt took longer than `perTryMs`. The status 504 among `statuses` says the same: it is what the client would get. */
  readonly timeout: boolean
  /** 400..599. Envoy: `retriable-status-codes`. */
  readonly statuses: ReadonlySet<number>
}

/** What a route that retries wants. */
export interface RetryRules {
  /** Attempts of one request, the first included, 1..10. Envoy: `num_retries` + 1. */
  readonly attempts: number
  /** Milliseconds from an attempt's begin to the head of its answer, > 0; undefined: only the request's own time counts. Envoy: `per_try_timeout`. */
  readonly perTryMs: number | undefined
  readonly on: RetryConditions
  /**
   * Which requests may be sent again although the upstream may have processed them:
   * - `auto`: those that are idempotent by their method, and those with an Idempotency-Key
   * - `always`: all; the route's owner says that doing it twice is the same as doing it once
   * - `never`: none
   */
  readonly idempotent: 'auto' | 'always' | 'never'
  /** How much of a body is kept for another attempt. Envoy: `per_request_buffer_limit_bytes`. */
  readonly bodyBytes: number
}

/** `off`: every request is sent once at most, even when a connection turns out to be stale. */
export type RetryPolicy = RetryRules | 'off'

/** Whether an answer with this status is a failed attempt. Asked for every answer. */
export function isRetriedStatus(status: number, policy: RetryPolicy): boolean {
  return policy !== 'off' && status >= 400 && policy.on.statuses.has(status)
}

/** Whether an attempt is one that the conditions name. */
export function isRetriedTimeout({ timeout, statuses }: RetryConditions): boolean {
  return timeout || statuses.has(504)
}
