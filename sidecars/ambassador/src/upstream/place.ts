/**
 * How the resilience room asks for a place at an endpoint, and what it can be told. One attempt needs one
 * place; limits, half-open slots and the balancer's counts hang on it, so it is given back exactly once.
 */
import type { Endpoint } from './endpoint.ts'
import type { Lease } from './lease.ts'

/** What one attempt asks for. */
export interface Ask {
  /** Endpoints that the request has been to: avoided while there is another that may be used. */
  readonly tried: readonly Endpoint[]
  /** The value that the hash balancer keeps to one endpoint; undefined spreads like least-request. */
  readonly hashKey: string | undefined
  /** `no`: told at once when there is no place. A hedge that would wait is better not made. */
  readonly mayWait: 'yes' | 'no'
}

/** Told later, once, when `acquire` answered `waiting`; never before `acquire` has returned. */
export interface Waiter {
  onLease(lease: Lease): void
  /** @param retryAfterMs when a place is likely, if that is known */
  onNoPlace(why: NoPlaceReason, retryAfterMs?: number): void
}

/** All places are taken; the waiter stands in the queue. */
export interface Waiting {
  readonly kind: 'waiting'
  /** Leaves the queue; the waiter hears nothing more. Harmless afterwards. */
  cancel(): void
}

/** There is no place. */
export interface NoPlace {
  readonly kind: 'none'
  readonly why: NoPlaceReason
  /** Milliseconds until asking again makes sense, if that is known. */
  readonly retryAfterMs?: number
}

/**
 * Why an attempt was not made; nothing was sent, so every request may be tried again.
 * - `no_endpoint`: discovery has found none
 * - `name_not_found`: nor can it find any, because the look-up fails
 * - `none_healthy`: all are unhealthy or ejected, and panic is off
 * - `breaker_open`: the circuit of the upstream, or of each endpoint, is open
 * - `queue_full`: the limits are used up and the queue is full, or the asker may not wait
 * - `queue_timeout`: no place became free in time
 * - `stopping`: the ambassador ends
 */
export type NoPlaceReason =
  | 'no_endpoint'
  | 'name_not_found'
  | 'none_healthy'
  | 'breaker_open'
  | 'queue_full'
  | 'queue_timeout'
  | 'stopping'
