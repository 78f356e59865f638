/**
 * One request on its way: its life and its client's side of it. What the client sends goes to the attempt of the
 * moment, the answer that counts goes to the client, and at the end, however it came, the record is told once.
 *
 *   asking -> answering -> over
 *   asking -> tunnel -> over            after a 101
 */
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'
import { isEventStream } from '../http1/event-stream.ts'
import { bodyTooSlow, type Refusal } from '../http1/refusal.ts'
import type { RequestEvents } from '../http1/request-events.ts'
import type { RequestHead } from '../http1/request-head.ts'
import type { ConnectionFailure } from '../http1/response-events.ts'
import type { ResponseHead } from '../http1/response-head.ts'
import type { ServerConnection } from '../http1/server-connection.ts'
import { type Outcome, outcomes } from '../observe/outcome.ts'
import type { RequestObserver } from '../observe/request-observer.ts'
import type { RequestRecord } from '../observe/request-record.ts'
import type { Attempt } from './attempt.ts'
import { AttemptSeries, type SeriesOptions, type SeriesWorld } from './attempt-series.ts'
import { statedTimeoutMs } from './deadline.ts'
import { failureOutcome } from './failure-outcome.ts'
import { OutgoingRequest, type StatedTimes } from './outgoing-request.ts'
import type { SeriesOwner } from './series-owner.ts'

/** What a route wants for its requests. */
export interface ExchangeOptions extends SeriesOptions {
  /** Milliseconds from the head of the request to the end of the answer. */
  readonly timeoutMs: number
  readonly statedTimes: StatedTimes
}

/** What all exchanges share. */
export interface ExchangeWorld extends SeriesWorld {
  readonly clock: Clock
  readonly observer: RequestObserver
}

export class Exchange implements RequestEvents, SeriesOwner {
  readonly #client: ServerConnection
  readonly #record: RequestRecord
  readonly #world: ExchangeWorld
  readonly #request: OutgoingRequest
  readonly #attempts: AttemptSeries
  readonly #cancelTimeout: Cancel
  #stage: 'asking' | 'answering' | 'tunnel' | 'over' = 'asking'
  #answerHead: ResponseHead | undefined
  /** The client may not send: no attempt is ready, or its endpoint takes no more. */
  #isBodyHeld = false

  constructor(
    { request, client, record }: { request: RequestHead; client: ServerConnection; record: RequestRecord },
    options: ExchangeOptions,
    world: ExchangeWorld,
  ) {
    const { statedTimes, retry, destination } = options
    this.#client = client
    this.#record = record
    this.#world = world
    this.#request = new OutgoingRequest(request, statedTimes, retry, world.replayMemory)
    const statedMs = statedTimes === 'heeded' ? statedTimeoutMs(request) : undefined
    const timeoutMs = Math.min(options.timeoutMs, statedMs ?? Number.POSITIVE_INFINITY)
    const deadlineMs = record.startedMs + timeoutMs
    this.#attempts = new AttemptSeries({ request: this.#request, record, deadlineMs }, options, this, world)
    this.#cancelTimeout = world.clock.after(timeoutMs, () => this.#onTimeout())
    record.upstream = destination.upstream.label
  }

  /** Makes the first attempt. The body waits until an endpoint has accepted the connection: until then any other can be tried. */
  begin(): void {
    this.onWaiting()
    this.#attempts.begin()
  }

  // From the attempts

  onWaiting(): void {
    this.#isBodyHeld = true
    if (!this.#request.isWhole) this.#client.holdBody()
  }

  onSent(): void {
    this.#isBodyHeld = false
    if (!this.#request.isWhole) this.#client.releaseBody()
  }

  onInterim(head: ResponseHead): void {
    this.#client.respondInterim(head)
  }

  onAnswer(head: ResponseHead): void {
    this.#stage = 'answering'
    this.#answerHead = head
    this.#noteAnswer(head)
    this.#client.respondHead(head)
  }

  /** The request's own time is no time for a tunnel. */
  onSwitched(head: ResponseHead): void {
    this.#cancelTimeout()
    this.#stage = 'tunnel'
    this.#noteAnswer(head)
    this.#client.respondSwitched(head)
  }

  #noteAnswer({ status }: ResponseHead): void {
    this.#record.answeredMs = this.#world.clock.now()
    this.#record.status = status
  }

  /** Answers in the upstream's place. */
  onNoAnswer(outcome: Outcome): void {
    const answer = this.#world.observer.ownAnswer(outcome, this.#record)
    this.#end()
    this.#client.respondWhole(answer.head, answer.body)
  }

  answerBody(piece: Buffer): void {
    this.#record.responseBytes += piece.length
    this.#client.respondBody(piece)
  }

  answerTrailers(fields: string): void {
    this.#client.respondTrailers(fields)
  }

  answerFlush(): boolean {
    return this.#client.respondFlush()
  }

  answerEnd(attempt: Attempt): void {
    if (this.#stage !== 'tunnel') {
      attempt.finish()
      this.#end()
    }
    this.#client.respondEnd()
  }

  answerBroken(failure: ConnectionFailure): void {
    this.#breakOff(failureOutcome(failure))
  }

  requestWritable(): void {
    this.#isBodyHeld = false
    this.#client.releaseBody()
  }

  // From the client

  requestBody(piece: Buffer): void {
    this.#record.requestBytes += piece.length
    if (this.#stage === 'asking') this.#request.add(piece)
    this.#attempts.current?.connection?.sendBody(piece)
  }

  requestTrailers(fields: string): void {
    this.#request.addTrailers(fields)
    this.#attempts.current?.connection?.sendTrailers(fields)
  }

  requestEnd(): void {
    this.#request.end()
    const attempt = this.#attempts.current
    attempt?.connection?.sendEnd()
    attempt?.connection?.flush()
    attempt?.startTime()
  }

  requestFlush(): boolean {
    const takesMore = this.#attempts.current?.connection?.flush() !== false
    if (!takesMore) this.#isBodyHeld = true
    return takesMore
  }

  requestBroken(refusal: Refusal): void {
    this.#attempts.cancel()
    const outcome: Outcome = { ...refusal, flag: 'DPE' }
    if (this.#stage === 'answering') this.#breakOff(outcome)
    else this.onNoAnswer(outcome)
  }

  clientWritable(): void {
    this.#attempts.current?.resume()
  }

  streamIdle(): void {
    this.#breakOff(outcomes.streamIdle)
  }

  tunnelEnd(): void {
    this.#attempts.current?.finish()
    this.#end()
  }

  clientGone(): void {
    if (this.#stage === 'over') return
    this.#attempts.cancel()
    if (this.#stage !== 'tunnel') this.#record.status = 499
    this.#record.flags.push('DC')
    this.#end()
  }

  drainOver(): void {
    this.#breakOff(outcomes.drainOver)
  }

  // Endings

  #onTimeout(): void {
    if (this.#stage === 'answering') {
      // A stream has no end to wait for; it is over when nothing moves in it any more.
      if (!isEventStream(this.#answerHead)) this.#breakOff(outcomes.timeout)
      return
    }
    if (!this.#request.isWhole && !this.#isBodyHeld) {
      this.requestBroken(bodyTooSlow('the body was not whole when the time for the whole request was over'))
      return
    }
    this.#attempts.expire(outcomes.timeout)
  }

  /** Part of the answer is with the client already: only a broken connection can say that it is not whole. */
  #breakOff({ flag, code, what }: Outcome): void {
    this.#attempts.cancel()
    if (flag !== undefined) this.#record.flags.push(flag)
    this.#record.code = code
    this.#record.what = what
    this.#end()
    this.#client.cut()
  }

  #end(): void {
    if (this.#stage === 'over') return
    this.#stage = 'over'
    this.#cancelTimeout()
    this.#attempts.end()
    this.#world.observer.end(this.#record)
  }
}
