/**
 * The client's side of one request, whoever answers it: its time, what the client gets, the ways in which it ends, and
 * the record, which is told once. What is done upstream for it is in `exchange.ts`, and for a forward proxy in
 * `forward-exchange.ts`.
 *
 *   asking -> answering -> over
 *   asking -> tunnel -> over            after a 101, or the 200 to a CONNECT
 *
 * A base class and no object of its own: there would be one more for each request.
 */
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'
import { isEventStream } from '../http1/event-stream.ts'
import { bodyTooSlow, type Refusal } from '../http1/refusal.ts'
import type { RequestHead } from '../http1/request-head.ts'
import type { ResponseHead } from '../http1/response-head.ts'
import type { ServerConnection } from '../http1/server-connection.ts'
import { type Outcome, outcomes } from '../observe/outcome.ts'
import type { RequestObserver } from '../observe/request-observer.ts'
import type { RequestRecord } from '../observe/request-record.ts'
import { statedTimeoutMs } from './deadline.ts'
import type { StatedTimes } from './outgoing-request.ts'

/** A request, who made it, and what is remembered of it. */
export interface ExchangeSubject {
  readonly request: RequestHead
  readonly client: ServerConnection
  readonly record: RequestRecord
}

/** How long a request may take. */
export interface ExchangeTime {
  /** Milliseconds from the head of the request to the end of the answer; for a tunnel and an event stream, to its begin. */
  readonly timeoutMs: number
  readonly statedTimes: StatedTimes
}

export interface ClientExchangeWorld {
  readonly clock: Clock
  readonly observer: RequestObserver
}

export abstract class ClientExchange {
  protected readonly client: ServerConnection
  protected readonly record: RequestRecord
  protected readonly clock: Clock
  /** By the clock's `now`. */
  protected readonly deadlineMs: number
  readonly #observer: RequestObserver
  readonly #cancelTimeout: Cancel
  #stage: 'asking' | 'answering' | 'tunnel' | 'over' = 'asking'
  #answerHead: ResponseHead | undefined

  constructor(
    { request, client, record }: ExchangeSubject,
    { timeoutMs, statedTimes }: ExchangeTime,
    { clock, observer }: ClientExchangeWorld,
  ) {
    this.client = client
    this.record = record
    this.clock = clock
    this.#observer = observer
    const statedMs = statedTimes === 'heeded' ? statedTimeoutMs(request) : undefined
    const wholeMs = Math.min(timeoutMs, statedMs ?? Number.POSITIVE_INFINITY)
    this.deadlineMs = record.startedMs + wholeMs
    this.#cancelTimeout = clock.after(wholeMs, () => this.#onTimeout())
  }

  protected get stage(): 'asking' | 'answering' | 'tunnel' | 'over' {
    return this.#stage
  }

  // What is done upstream

  /** Gives up what is on its way; the endpoint is not to blame. Harmless when nothing is. */
  protected abstract cancelUpstream(): void

  /** The time is over before the head of an answer, and the client is not the one that is late. Ends with an answer. */
  protected abstract expireUpstream(): void

  /** Nothing more is needed. Called once. */
  protected abstract endUpstream(): void

  /** The client has not sent all of its request, though nothing keeps it from it. */
  protected abstract get isBodyLate(): boolean

  // Answering

  protected answer(head: ResponseHead): void {
    this.#stage = 'answering'
    this.#answerHead = head
    this.#noteAnswer(head.status)
    this.client.respondHead(head)
  }

  /** The request's own time is no time for a tunnel. */
  protected beginTunnel(status: number): void {
    this.#cancelTimeout()
    this.#stage = 'tunnel'
    this.#noteAnswer(status)
  }

  #noteAnswer(status: number): void {
    this.record.answeredMs = this.clock.now()
    this.record.status = status
  }

  answerBody(piece: Buffer): void {
    this.record.responseBytes += piece.length
    this.client.respondBody(piece)
  }

  answerTrailers(fields: string): void {
    this.client.respondTrailers(fields)
  }

  /** @returns false to read no more until the client has taken what it was given */
  answerFlush(): boolean {
    return this.client.respondFlush()
  }

  /** Answers in the upstream's place. */
  protected answerInstead(outcome: Outcome): void {
    const answer = this.#observer.ownAnswer(outcome, this.record)
    this.end()
    this.client.respondWhole(answer.head, answer.body)
  }

  /** Part of the answer may be with the client already: only a broken connection can say that it is not whole. */
  protected breakOff({ flag, code, what }: Outcome): void {
    this.cancelUpstream()
    if (flag !== undefined) this.record.flags.push(flag)
    this.record.code = code
    this.record.what = what
    this.end()
    this.client.cut()
  }

  // From the client

  requestBroken(refusal: Refusal): void {
    this.cancelUpstream()
    const outcome: Outcome = { ...refusal, flag: 'DPE' }
    if (this.#stage === 'answering') this.breakOff(outcome)
    else this.answerInstead(outcome)
  }

  streamIdle(): void {
    this.breakOff(outcomes.streamIdle)
  }

  drainOver(): void {
    this.breakOff(outcomes.drainOver)
  }

  clientGone(): void {
    if (this.#stage === 'over') return
    this.cancelUpstream()
    if (this.#stage !== 'tunnel') this.record.status = 499
    this.record.flags.push('DC')
    this.end()
  }

  // Ending

  #onTimeout(): void {
    if (this.#stage === 'answering') {
      // A stream has no end to wait for; it is over when nothing moves in it any more.
      if (!isEventStream(this.#answerHead)) this.breakOff(outcomes.timeout)
      return
    }
    if (this.isBodyLate) {
      this.requestBroken(bodyTooSlow('the body was not whole when the time for the whole request was over'))
    } else this.expireUpstream()
  }

  protected end(): void {
    if (this.#stage === 'over') return
    this.#stage = 'over'
    this.#cancelTimeout()
    this.endUpstream()
    this.#observer.end(this.record)
  }
}
