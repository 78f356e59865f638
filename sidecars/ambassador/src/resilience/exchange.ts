/**
 * One request on its way to an upstream: what the client sends goes to the attempt of the moment, and the answer that
 * counts goes to the client. The client's side of it, its time and its end are in `client-exchange.ts`.
 */
import type { Clock } from '@podmates/shared/world/clock.ts'
import type { RequestEvents } from '../http1/request-events.ts'
import type { ConnectionFailure } from '../http1/response-events.ts'
import type { ResponseHead } from '../http1/response-head.ts'
import { type Outcome, outcomes } from '../observe/outcome.ts'
import type { RequestObserver } from '../observe/request-observer.ts'
import type { Attempt } from './attempt.ts'
import { AttemptSeries, type SeriesOptions, type SeriesWorld } from './attempt-series.ts'
import { ClientExchange, type ExchangeSubject, type ExchangeTime } from './client-exchange.ts'
import { failureOutcome } from './failure-outcome.ts'
import { OutgoingRequest } from './outgoing-request.ts'
import type { SeriesOwner } from './series-owner.ts'

/** What a route wants for its requests. */
export interface ExchangeOptions extends SeriesOptions, ExchangeTime {}

/** What all exchanges share. */
export interface ExchangeWorld extends SeriesWorld {
  readonly clock: Clock
  readonly observer: RequestObserver
}

export class Exchange extends ClientExchange implements RequestEvents, SeriesOwner {
  readonly #request: OutgoingRequest
  readonly #attempts: AttemptSeries
  /** The client may not send: no attempt is ready, or its endpoint takes no more. */
  #isBodyHeld = false

  constructor(subject: ExchangeSubject, options: ExchangeOptions, world: ExchangeWorld) {
    super(subject, options, world)
    const { request, record } = subject
    const { statedTimes, retry, destination } = options
    this.#request = new OutgoingRequest(request, statedTimes, retry, world.replayMemory)
    const { deadlineMs } = this
    this.#attempts = new AttemptSeries({ request: this.#request, record, deadlineMs }, options, this, world)
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
    if (!this.#request.isWhole) this.client.holdBody()
  }

  onSent(): void {
    this.#isBodyHeld = false
    if (!this.#request.isWhole) this.client.releaseBody()
  }

  onInterim(head: ResponseHead): void {
    this.client.respondInterim(head)
  }

  onAnswer(head: ResponseHead): void {
    this.answer(head)
  }

  onSwitched(head: ResponseHead): void {
    this.beginTunnel(head.status)
    this.client.respondSwitched(head)
  }

  onNoAnswer(outcome: Outcome): void {
    this.answerInstead(outcome)
  }

  answerEnd(attempt: Attempt): void {
    if (this.stage !== 'tunnel') {
      attempt.finish()
      this.end()
    }
    this.client.respondEnd()
  }

  answerBroken(failure: ConnectionFailure): void {
    this.breakOff(failureOutcome(failure))
  }

  requestWritable(): void {
    this.#isBodyHeld = false
    this.client.releaseBody()
  }

  // From the client

  requestBody(piece: Buffer): void {
    this.record.requestBytes += piece.length
    if (this.stage === 'asking') this.#request.add(piece)
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

  clientWritable(): void {
    this.#attempts.current?.resume()
  }

  tunnelEnd(): void {
    this.#attempts.current?.finish()
    this.end()
  }

  // Ending

  protected get isBodyLate(): boolean {
    return !this.#request.isWhole && !this.#isBodyHeld
  }

  protected cancelUpstream(): void {
    this.#attempts.cancel()
  }

  protected expireUpstream(): void {
    this.#attempts.expire(outcomes.timeout)
  }

  protected endUpstream(): void {
    this.#attempts.end()
  }
}
