/** Answers that are not meant to end: whoever waits for their end waits for nothing. */
import type { ResponseHead } from './response-head.ts'

const eventStream = /^content-type:[ \t]*text\/event-stream/im

/** An event stream by its content type (WHATWG HTML, 9.2.5). It is over when nothing moves in it any more. */
export function isEventStream(head: ResponseHead | undefined): boolean {
  return head !== undefined && eventStream.test(head.fields)
}
