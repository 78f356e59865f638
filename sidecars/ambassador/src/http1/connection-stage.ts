/** The stages of a connection from a client, and what it means in each that the client closes its side or that nothing moves. */

/** In `body` the request is on its way, in `answer` it is whole; in `closing` nothing of what the client says counts any more. */
export type Stage = 'head' | 'body' | 'answer' | 'tunnel' | 'closing'

/**
 * The client has closed its side. After a whole request that is how a cancelled call looks, so nobody waits for the
 * answer; an old client may have said all that it has to say, and still listen.
 * @param rest bytes that it sent before wait to be taken
 * - `gone`: drop the connection
 * - `close`: no request is in progress; close in order
 * - `last_answer`: the answer in progress is the last
 * - `half_closed`: the tunnel goes on in the other direction
 * - `later`: ask again when the rest is taken, or never
 */
export function meaningOfEnd(
  stage: Stage,
  minorVersion: 0 | 1 | undefined,
  rest: 'none' | 'waiting',
): 'gone' | 'close' | 'last_answer' | 'half_closed' | 'later' {
  const isOld = minorVersion === 0
  switch (stage) {
    case 'head':
      return rest === 'none' ? 'close' : 'later'
    case 'body':
      // Whether it is whole in what waits or not: nobody is there for the answer.
      return isOld && rest === 'waiting' ? 'later' : 'gone'
    case 'answer':
      if (!isOld) return 'gone'
      return rest === 'none' ? 'last_answer' : 'later'
    case 'tunnel':
      return rest === 'none' ? 'half_closed' : 'later'
    case 'closing':
      return 'later'
  }
}

/**
 * Nothing has moved for as long as it may stand still in this stage.
 * - `drop`: close the connection
 * - `slow_body`: the client does not send what it has begun
 * - `tell`: the one who answers ends it
 * - `wait`: something else sets the limit
 */
export function meaningOfSilence(
  stage: Stage,
  { hasAnswerBegun, isBodyHeld }: { readonly hasAnswerBegun: boolean; readonly isBodyHeld: boolean },
): 'drop' | 'slow_body' | 'tell' | 'wait' {
  switch (stage) {
    case 'head':
    case 'closing':
      return 'drop'
    case 'body':
      if (hasAnswerBegun) return 'tell'
      return isBodyHeld ? 'wait' : 'slow_body'
    case 'answer':
      // Before the head of the answer it is the request's own timeout that counts.
      return hasAnswerBegun ? 'tell' : 'wait'
    case 'tunnel':
      return 'tell'
  }
}
