/**
 * One try at one endpoint: holds the place there, its connection and its time, and tells the exchange what comes of
 * it. After its end, however it ended, nothing of it is told and nothing of it is held.
 */
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'
import type { ClientConnection } from '../http1/client-connection.ts'
import { fieldValue } from '../http1/field-block.ts'
import type { ConnectionFailure, ResponseEvents } from '../http1/response-events.ts'
import type { ResponseHead } from '../http1/response-head.ts'
import type { AttemptRecord } from '../observe/request-record.ts'
import type { Lease, AttemptFailure as LeaseFailure } from '../upstream/lease.ts'
import { failureWord } from './failure-outcome.ts'
import { HeldAnswer } from './held-answer.ts'
import { parseRateLimitReset, parseRetryAfter, type RetryAfter } from './retry-after.ts'

/** Hears of an attempt, and decides. */
export interface AttemptOwner {
  /** The connection is up; write the request to `attempt.connection`. */
  attemptReady(attempt: Attempt): void
  attemptInterim(attempt: Attempt, head: ResponseHead): void
  attemptHead(attempt: Attempt, head: ResponseHead): void
  attemptSwitched(attempt: Attempt, head: ResponseHead): void
  attemptBody(piece: Buffer): void
  attemptTrailers(fields: string): void
  /** @returns false to read no more until `resume` */
  attemptFlush(): boolean
  attemptEnd(attempt: Attempt): void
  attemptWritable(): void
  /** There will be no answer, or not a whole one. `timeout`: no head within `perTryMs`. */
  attemptFailed(attempt: Attempt, failure: ConnectionFailure | { readonly kind: 'timeout' }): void
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
  readonly #clock: Clock
  readonly #onOver: (() => void) | undefined
  readonly #cancelPerTry: Cancel | undefined
  #state: AttemptState = 'pending'
  #connection: ClientConnection | undefined
  #held: HeldAnswer | undefined
  /** What a 429 or 503 asked for. */
  retryAfter: RetryAfter
  /** Milliseconds up to the head of the answer; 0 before. */
  elapsedMs = 0

  constructor(lease: Lease, { record, perTryMs, onOver }: AttemptOptions, owner: AttemptOwner, clock: Clock) {
    this.lease = lease
    this.record = record
    this.#onOver = onOver
    this.#owner = owner
    this.#clock = clock
    if (perTryMs !== undefined) this.#cancelPerTry = clock.after(perTryMs, () => this.#onTimeout())
  }

  /** @param how `fresh` passes over idle connections */
  begin(how: 'reuse' | 'fresh'): void {
    const connection = this.lease.connect(this, how)
    // It may have carried the request and failed before it returned.
    if (this.#state !== 'over') this.#connection = connection
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
      this.#stamp()
      this.record.error = 'cancelled'
    }
    this.#end()
    this.#connection?.close()
  }

  /** Its time, or the request's, is over: a failure of the endpoint. */
  expire(): void {
    if (this.#state === 'over') return
    if (this.#state === 'pending') this.record.error = 'timeout'
    this.lease.failed('timeout', this.#stamp())
    this.#end()
    this.#connection?.close()
  }

  /** The answer is put by: its body is read to its end, while the place goes to the next attempt. */
  hold(head: ResponseHead): HeldAnswer {
    this.#state = 'held'
    this.lease.release()
    this.#held = new HeldAnswer(head, this.lease.endpoint.address)
    return this.#held
  }

  resume(): void {
    this.#connection?.resume()
  }

  /** The connection was used before, and lost before a byte of an answer: the upstream had closed it already (RFC 9112, 9.3.1). */
  isStale(failure: ConnectionFailure): boolean {
    return failure.kind === 'lost' && this.record.reused && !this.hasAnswered
  }

  // From the connection

  upstreamReady(connection: ClientConnection): void {
    this.#connection = connection
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
    if (this.#state === 'answering') this.#owner.attemptBody(piece)
    else if (this.#held?.add(piece) === false) this.cancel()
  }

  responseTrailers(fields: string): void {
    if (this.#state === 'answering') this.#owner.attemptTrailers(fields)
    else this.#held?.addTrailers(fields)
  }

  responseFlush(): boolean {
    return this.#state === 'held' ? true : this.#owner.attemptFlush()
  }

  responseEnd(): void {
    if (this.#state === 'answering') this.#owner.attemptEnd(this)
    else {
      this.#held?.end()
      this.finish()
    }
  }

  upstreamWritable(): void {
    if (this.#state !== 'held') this.#owner.attemptWritable()
  }

  upstreamFailed(failure: ConnectionFailure): void {
    if (this.#state === 'pending') this.record.error = failureWord(failure)
    const wasHeld = this.#state === 'held'
    // A kept connection that was just being closed says nothing about the endpoint.
    if (wasHeld || this.isStale(failure)) this.#stamp()
    else this.lease.failed(leaseFailure(failure), this.#stamp())
    this.#end()
    if (!wasHeld) this.#owner.attemptFailed(this, failure)
  }

  #onTimeout(): void {
    if (this.#state !== 'pending') return
    this.expire()
    this.#owner.attemptFailed(this, { kind: 'timeout' })
  }

  // Ending

  /** It has no more part in the request; the place is free. Harmless afterwards. */
  finish(): void {
    if (this.#state !== 'over') this.#end()
  }

  #end(): void {
    this.#state = 'over'
    this.#cancelPerTry?.()
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

function leaseFailure(failure: ConnectionFailure): LeaseFailure {
  return failure.kind === 'lost' ? failure.cause : failure.kind
}
