/**
 * Decides whether a failed attempt may be made again. The one rule that is never bent: a request that
 * may have been processed is not sent twice, unless doing it twice is the same as doing it once.
 */
import type { ConnectionFailure } from '../http1/response-events.ts'

export interface FailedAttempt {
  readonly failure: ConnectionFailure
  readonly method: string
  readonly hasBody: boolean
  /** The connection had carried another request before this one. */
  readonly reused: boolean
  /** Bytes of an answer had arrived. */
  readonly answered: boolean
  /** How many attempts were made, this one included. */
  readonly attempts: number
  /** There is an endpoint that the request has not been to. */
  readonly hasAnother: boolean
}

export type RetryDecision =
  /** @property connection `fresh`: idle connections are passed over, for one of them has just turned out to be closed */
  { readonly retry: true; readonly connection: 'reuse' | 'fresh' } | { readonly retry: false; readonly why: string }

const attemptsMax = 2

/** Safe to do twice (RFC 9110, 9.2.2). */
const idempotentMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

export function decideRetry(attempt: FailedAttempt): RetryDecision {
  if (attempt.attempts >= attemptsMax) return no(`${attemptsMax} attempts were made`)
  switch (attempt.failure.kind) {
    case 'connect':
      // Nothing reached anybody, so the method does not matter.
      return attempt.hasAnother ? { retry: true, connection: 'reuse' } : no('there is no other endpoint')
    case 'lost':
      return afterLoss(attempt)
    case 'invalid':
      return no('the upstream had begun to answer')
  }
}

/** An idle connection may have been closed by the upstream while the request was on its way: then nobody read it. */
function afterLoss({ method, hasBody, reused, answered }: FailedAttempt): RetryDecision {
  if (answered) return no('the upstream had begun to answer')
  if (!reused) return no('the request may have been processed')
  if (!idempotentMethods.has(method)) return no(`the request may have been processed, and ${method} is not idempotent`)
  if (hasBody) return no('the body was sent and is not kept')
  return { retry: true, connection: 'fresh' }
}

function no(why: string): RetryDecision {
  return { retry: false, why }
}
