/**
 * One try at one endpoint: holds the place there, its connection and its time, and tells its owner what comes of
 * it. After its end, however it ended, nothing of it is told and nothing of it is held.
 */
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'
import type { ClientConnection } from '../http1/client-connection.ts'
import { fieldValue } from '../http1/field-block.ts'
import type { ConnectionFailure, ResponseEvents } from '../http1/response-events.ts'
import type { ResponseHead } from '../http1/response-head.ts'
import type { AttemptRecord } from '../observe/request-record.ts'
import type { Lease } from '../upstream/lease.ts'
import { failureWord } from './failure-outcome.ts'
import { HeldAnswer } from './held-answer.ts'
import type { ReplayBody } from './replay-memory.ts'
import { parseRateLimitReset, parseRetryAfter, type RetryAfter } from './retry-after.ts'
import type { AttemptFailure } from './retry-decision.ts'

/** How an attempt ended without an answer; `timeout`: its connection was up, and no head came within `perTryMs`. */
export type AttemptEnd = ConnectionFailure | { readonly kind: 'timeout' }

const notConnected = { kind: 'connect', cause: 'timeout' } as const satisfies ConnectionFailure

/** Hears of an attempt up to the head of its answer, and decides. */
export interface AttemptOwner {
  /** The connection is up; write the request to `attempt.connection`. */
  attemptReady(attempt: Attempt): void
  attemptInterim(attempt: Attempt, head: ResponseHead): void
  attemptHead(attempt: Attempt, head: ResponseHead): void
  attemptSwitched(attempt: Attempt, head: ResponseHead): void
  /** There will be no answer. */
  attemptFailed(attempt: Attempt, end: AttemptEnd): void
}

/** Takes what follows the head of an answer that was not put by. */
export interface AnswerSink {
  answerBody(piece: Buffer): void
  answerTrailers(fields: string): void
  /** @returns false to read no more until `resume` */
  answerFlush(): boolean
  answerEnd(attempt: Attempt): void
  /** It will never be whole. */
  answerBroken(failure: ConnectionFailure): void
  /** The upstream took what was written of the request; go on. */
  requestWritable(): void
}

/**
 * - `pending`: no final head yet
 * - `answering`: the client gets this answer as it comes
 * - `held`: the answer is put by, for the case that no better one comes
 * - `over`: done, failed or given up
 */
type AttemptState = 'pending' | 'answering' | 'held' | 'over'

export interface AttemptOptions {
  readonly record: AttemptRecord
  readonly perTryMs: number | undefined
  /** Told once, when the place is given back. */
  readonly onOver: (() => void) | undefined
}

export class Attempt implements ResponseEvents {
  readonly lease: Lease
  readonly record: AttemptRecord
  readonly #owner: AttemptOwner
  readonly #sink: AnswerSink
  readonly #clock: Clock
  readonly #onOver: (() => void) | undefined
  readonly #perTryMs: number | undefined
  #cancelPerTry: Cancel | undefined
  #state: AttemptState = 'pending'
  #connection: ClientConnection | undefined
  #held: HeldAnswer | undefined
  #isGivenBack = false
  /** Its connection is up. */
  isUp = false
  /** What a 429 or 503 asked for. */
  retryAfter: RetryAfter
  /** Milliseconds up to the head of the answer, or until it was given up; 0 before. */
  elapsedMs = 0

  constructor(
    lease: Lease,
    { record, perTryMs, onOver }: AttemptOptions,
    { owner, sink }: { owner: AttemptOwner; sink: AnswerSink },
    clock: Clock,
  ) {
    this.lease = lease
    this.record = record
    this.#onOver = onOver
    this.#owner = owner
    this.#sink = sink
    this.#clock = clock
    this.#perTryMs = perTryMs
    this.startTime()
  }

  /** @param how `fresh` passes over idle connections */
  begin(how: 'reuse' | 'fresh'): void {
    const connection = this.lease.connect(this, how)
    // It may have carried the request and failed before it returned.
    if (this.#state !== 'over') this.#connection = connection
  }

  /** `perTryMs` from here to the head of the answer. */
  startTime(): void {
    this.stopTime()
    if (this.#perTryMs === undefined || this.#state !== 'pending') return
    this.#cancelPerTry = this.#clock.after(this.#perTryMs, () => this.#onTimeout())
  }

  /** Until `startTime`: the endpoint waits for the rest of the request (Envoy: `per_try_timeout` begins when the request is whole). */
  stopTime(): void {
    this.#cancelPerTry?.()
    this.#cancelPerTry = undefined
  }

  /** Milliseconds of `perTryMs` that are left, connecting counted; all of them while its time stands still, Infinity without any. */
  get leftMs(): number {
    if (this.#perTryMs === undefined) return Number.POSITIVE_INFINITY
    const usedMs = this.#cancelPerTry === undefined ? 0 : this.#clock.now() - this.lease.startedMs
    return this.#perTryMs - usedMs
  }

  /** Meaningful from `attemptReady` on. */
  get connection(): ClientConnection | undefined {
    return this.#connection
  }

  /** A byte of an answer has come. */
  get hasAnswered(): boolean {
    return this.#connection?.hasAnswered === true
  }

  // Giving up

  /** Nobody needs it any more; the endpoint learns nothing but how long it had taken. */
  cancel(): void {
    if (this.#state === 'over') return
    if (this.record.status === undefined && this.record.error === undefined) {
      this.elapsedMs = this.#stamp()
      this.record.error = 'cancelled'
    }
    this.#end()
    this.#connection?.close()
  }

  /** Its time, or the request's, is over: a failure of the endpoint. */
  expire(): void {
    if (this.#state === 'over') return
    if (this.#state === 'pending') this.record.error = this.isUp ? 'timeout' : failureWord(notConnected)
    this.lease.failed(this.#stamp())
    this.#end()
    this.#connection?.close()
  }

  /**
   * The answer is put by, while a better one is tried for: its place goes to the next attempt, its body is read on.
   * @param body takes it
   */
  hold(head: ResponseHead, body: ReplayBody): void {
    this.#state = 'held'
    this.#giveBack()
    this.#held = new HeldAnswer(head, body)
  }

  /** The answer that was put by, for as long as it can still be passed on. */
  get held(): HeldAnswer | undefined {
    return this.#state === 'held' ? this.#held : undefined
  }

  /** Tells what has come of the body that was put by; the rest is told as it comes. */
  passOnHeld({ body, trailers, isWhole }: HeldAnswer): void {
    this.#state = 'answering'
    for (const piece of body.pieces) this.#sink.answerBody(piece)
    body.free()
    if (trailers !== '') this.#sink.answerTrailers(trailers)
    if (isWhole) this.#sink.answerEnd(this)
    else this.#sink.answerFlush()
  }

  resume(): void {
    this.#connection?.resume()
  }

  /** The connection was used before, and lost before a byte of an answer: the upstream had closed it already (RFC 9112, 9.3.1). */
  isStale(failure: ConnectionFailure): boolean {
    return failure.kind === 'lost' && this.record.reused && !this.hasAnswered
  }

  /** @returns its end as the decision about a retry sees it */
  failureOf(end: AttemptEnd): AttemptFailure {
    if (end.kind !== 'lost') return { kind: end.kind }
    return { kind: 'lost', reused: this.record.reused, answered: this.hasAnswered }
  }

  // From the connection

  upstreamReady(connection: ClientConnection): void {
    this.#connection = connection
    this.isUp = true
    this.record.reused = connection.uses > 0
    this.#owner.attemptReady(this)
  }

  responseInterim(head: ResponseHead): void {
    if (this.#state === 'pending') this.#owner.attemptInterim(this, head)
  }

  responseHead(head: ResponseHead): void {
    this.#answered(head)
    this.#state = 'answering'
    this.#owner.attemptHead(this, head)
  }

  responseSwitched(head: ResponseHead): void {
    this.#answered(head)
    this.#state = 'answering'
    this.#owner.attemptSwitched(this, head)
  }

  #answered(head: ResponseHead): void {
    const { status } = head
    this.#cancelPerTry?.()
    this.record.status = status
    if (status === 429 || status === 503) this.retryAfter = retryAfterOf(head, this.#clock.wall())
    this.elapsedMs = this.#stamp()
    this.lease.answered(status, this.elapsedMs, typeof this.retryAfter === 'number' ? this.retryAfter : undefined)
  }

  responseBody(piece: Buffer): void {
    if (this.#state === 'answering') this.#sink.answerBody(piece)
    else if (this.#held?.body.add(piece) === false) this.cancel()
  }

  responseTrailers(fields: string): void {
    if (this.#state === 'answering') this.#sink.answerTrailers(fields)
    else if (this.#held !== undefined) this.#held.trailers = fields
  }

  responseFlush(): boolean {
    return this.#state === 'held' ? true : this.#sink.answerFlush()
  }

  responseEnd(): void {
    if (this.#state === 'answering') this.#sink.answerEnd(this)
    else if (this.#held !== undefined) {
      this.#held.isWhole = true
      // It serves others from here on.
      this.#connection = undefined
    }
  }

  upstreamWritable(): void {
    if (this.#state !== 'held') this.#sink.requestWritable()
  }

  upstreamFailed(failure: ConnectionFailure): void {
    const wasPending = this.#state === 'pending'
    const wasHeld = this.#state === 'held'
    if (wasPending) this.record.error = failureWord(failure)
    // A kept connection that was just being closed says nothing about the endpoint.
    if (wasHeld || this.isStale(failure)) this.#stamp()
    else this.lease.failed(this.#stamp())
    this.#end()
    if (wasPending) this.#owner.attemptFailed(this, failure)
    else if (!wasHeld) this.#sink.answerBroken(failure)
  }

  #onTimeout(): void {
    if (this.#state !== 'pending') return
    this.expire()
    // Without a connection nobody can have processed anything.
    this.#owner.attemptFailed(this, this.isUp ? { kind: 'timeout' } : notConnected)
  }

  // Ending

  /** It has no more part in the request; the place is free. Harmless afterwards. */
  finish(): void {
    if (this.#state !== 'over') this.#end()
  }

  #end(): void {
    this.#state = 'over'
    this.#cancelPerTry?.()
    this.#held?.body.free()
    this.#giveBack()
  }

  #giveBack(): void {
    if (this.#isGivenBack) return
    this.#isGivenBack = true
    this.lease.release()
    this.#onOver?.()
  }

  /** @returns ms since the attempt began; in the record up to the head of the answer */
  #stamp(): number {
    const elapsedMs = this.#clock.now() - this.lease.startedMs
    if (this.#state === 'pending') this.record.ms = Math.round(elapsedMs * 10) / 10
    return elapsedMs
  }
}

function retryAfterOf({ retryAfter, fields }: ResponseHead, wallMs: number): RetryAfter {
  if (retryAfter !== undefined) return parseRetryAfter(retryAfter, wallMs)
  const reset = fieldValue(fields, 'x-ratelimit-reset')
  return reset === undefined ? undefined : parseRateLimitReset(reset, wallMs)
}
