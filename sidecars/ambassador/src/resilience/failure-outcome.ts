/** What it is called, to the client and in logs and metrics, when a request gets no answer from an endpoint. */
import type { ConnectionFailure } from '../http1/response-events.ts'
import { type Outcome, outcomes, type ResponseFlag } from '../observe/outcome.ts'
import type { NoPlaceReason } from '../upstream/place.ts'
import type { DiscoveryState } from '../upstream/upstream.ts'
import type { RetryRefusal } from './retry-decision.ts'

/** An attempt failed, and no other is made. */
export function failureOutcome(failure: ConnectionFailure | { readonly kind: 'timeout' }): Outcome {
  switch (failure.kind) {
    case 'connect':
      return outcomes.connectFailed
    case 'lost':
      return failure.cause === 'closed' ? outcomes.closed : outcomes.reset
    case 'invalid':
      return { ...outcomes.invalid, what: `${outcomes.invalid.what}: ${failure.refusal.what}` }
    case 'timeout':
      return outcomes.attemptTimeout
  }
}

/** No attempt could be made. @param retryAfterMs until it makes sense to ask again, if that is known */
export function noPlaceOutcome(
  why: NoPlaceReason,
  retryAfterMs: number | undefined,
  discovery: DiscoveryState,
): Outcome {
  const outcome = outcomeOfNoPlace(why, discovery)
  return retryAfterMs === undefined ? outcome : { ...outcome, retryAfterMs }
}

function outcomeOfNoPlace(why: NoPlaceReason, discovery: DiscoveryState): Outcome {
  switch (why) {
    case 'no_endpoint':
      return outcomes.noEndpoint
    case 'name_not_found': {
      const code = discovery.state === 'failed' ? ` (${discovery.code})` : ''
      return { ...outcomes.nameNotFound, what: `${outcomes.nameNotFound.what}${code}` }
    }
    case 'none_healthy':
      return outcomes.noneHealthy
    case 'breaker_open':
      return outcomes.breakerOpen
    case 'queue_full':
      return outcomes.queueFull
    case 'queue_timeout':
      return outcomes.queueTimeout
    case 'stopping':
      return outcomes.stopping
  }
}

/** One word for the log. */
export function failureWord(failure: ConnectionFailure): string {
  switch (failure.kind) {
    case 'connect':
      return `connect_${failure.cause}`
    case 'lost':
      return failure.cause
    case 'invalid':
      return 'invalid_response'
  }
}

/** What a log line and a metric show of the reason that there was no retry; nothing where none was ever in question. */
export function refusalFlag(reason: RetryRefusal): ResponseFlag | undefined {
  switch (reason) {
    case 'attempts':
      return 'URX'
    case 'budget':
      return 'RB'
    case 'not_replayable':
      return 'NB'
    case 'no_time':
      return 'ND'
    case 'off':
    case 'answered':
    case 'no_condition':
    case 'not_idempotent':
    case 'no_endpoint':
      return undefined
  }
}
