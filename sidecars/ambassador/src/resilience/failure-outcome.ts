/** What the failure of an attempt is called: to the client, and in one word for the log. */
import type { ConnectionFailure } from '../http1/response-events.ts'
import { type Outcome, outcomes } from '../observe/outcome.ts'

/** What the client is told when no more attempts are made. */
export function failureOutcome(failure: ConnectionFailure): Outcome {
  switch (failure.kind) {
    case 'connect':
      return outcomes.connectFailed
    case 'lost':
      return failure.cause === 'closed' ? outcomes.closed : outcomes.reset
    case 'invalid':
      return { ...outcomes.invalid, what: `${outcomes.invalid.what}: ${failure.refusal.what}` }
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
