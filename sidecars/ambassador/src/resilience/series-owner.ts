/** What the attempts of a request tell to the one who has the client. */
import type { ResponseHead } from '../http1/response-head.ts'
import type { Outcome } from '../observe/outcome.ts'
import type { AnswerSink } from './attempt.ts'

/** Hears what the attempts come to, and then the answer itself. */
export interface SeriesOwner extends AnswerSink {
  /** No attempt is on its way: what comes of the body must wait until `onSent`. */
  onWaiting(): void
  /** What there is of the request was written; the rest of the body may come. */
  onSent(): void
  onInterim(head: ResponseHead): void
  /** This answer counts; its body is told to the sink. */
  onAnswer(head: ResponseHead): void
  /** The upstream has changed the protocol: a tunnel from here on. */
  onSwitched(head: ResponseHead): void
  /** There is no answer to pass on. */
  onNoAnswer(outcome: Outcome): void
}
