/**
 * One request on its way: it finds a place at an endpoint, sends the request, passes the answer back, and makes
 * another attempt where that is safe and allowed. It stands between the client's connection and its attempts and
 * lets others decide: `retry-decision.ts` whether to try again, `hedge-plan.ts` whether to ask a second endpoint.
 *
 *   waiting -> trying -> answering -> over         waiting again after a retry, or for a place
 *              trying -> tunnel -> over            after a 101
 */
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'
import type { Random } from '@podmates/shared/world/random.ts'
import { fieldValue } from '../http1/field-block.ts'
import type { Refusal } from '../http1/refusal.ts'
import type { RequestEvents } from '../http1/request-events.ts'
import type { RequestHead } from '../http1/request-head.ts'
import type { ConnectionFailure } from '../http1/response-events.ts'
import type { ResponseHead } from '../http1/response-head.ts'
import type { ServerConnection } from '../http1/server-connection.ts'
import { requestHeadText } from '../http1/write-head.ts'
import { type Outcome, outcomes } from '../observe/outcome.ts'
import { overloadedField } from '../observe/own-answer.ts'
import type { RequestObserver } from '../observe/request-observer.ts'
import type { RequestRecord } from '../observe/request-record.ts'
import type { Endpoint } from '../upstream/endpoint.ts'
import type { Lease } from '../upstream/lease.ts'
import type { NoPlaceReason, Waiter } from '../upstream/place.ts'
import { Attempt, type AttemptOwner } from './attempt.ts'
import { statedTimeoutMs, withTimeLeft } from './deadline.ts'
import type { Destination } from './destination.ts'
import { failureOutcome, noPlaceOutcome, refusalFlag } from './failure-outcome.ts'
import { decideHedge, type HedgeRules, hedgeDelayMs, isHedgeable } from './hedge-plan.ts'
import type { HeldAnswer } from './held-answer.ts'
import type { ReplayBody, ReplayMemory } from './replay-memory.ts'
import {
  type AttemptFailure,
  type BodyState,
  decideRetry,
  isIdempotent,
  type NoRetry,
  type Retry,
  type RetryDecision,
} from './retry-decision.ts'
import { isRetriedStatus, type RetryPolicy } from './retry-rules.ts'

/** What a route wants for its requests. */
export interface ExchangeOptions {
  readonly destination: Destination
  /** Milliseconds from the head of the request to the end of the answer. */
  readonly timeoutMs: number
  readonly retry: RetryPolicy
  readonly hedge: HedgeRules | undefined
}

export interface ExchangeWorld {
  readonly clock: Clock
  readonly random: Random
  readonly observer: RequestObserver
  readonly replayMemory: ReplayMemory
}

type Stage = 'waiting' | 'trying' | 'answering' | 'tunnel' | 'over'

type Failure = ConnectionFailure | { readonly kind: 'timeout' }

export class Exchange implements RequestEvents, AttemptOwner, Waiter {
  readonly #request: RequestHead
  readonly #client: ServerConnection
  readonly #record: RequestRecord
  readonly #options: ExchangeOptions
  readonly #world: ExchangeWorld
  readonly #tried: Endpoint[] = []
  readonly #hasBody: boolean
  readonly #deadlineMs: number
  readonly #cancelTimeout: Cancel

  #stage: Stage = 'waiting'
  /** The one that is on its way, or whose answer the client gets. */
  #attempt: Attempt | undefined
  /** Hedges on their way beside it; made with the first one. */
  #rivals: Attempt[] | undefined
  /** The last bad answer, while a better one is tried for. */
  #held: { readonly answer: HeldAnswer; readonly attempt: Attempt } | undefined
  /** Ends the wait for a place, or before the next attempt. */
  #cancelWait: Cancel | undefined
  #cancelHedge: Cancel | undefined
  #nextConnection: 'reuse' | 'fresh' = 'reuse'
  /** The next attempt was withdrawn from the budget. */
  #isNextPaid = false
  #counted = 0
  #hadStale = false
  #lastFailure: Outcome | undefined
  #answerHead: ResponseHead | undefined
  #body: ReplayBody | undefined
  #trailers = ''
  #isBodyWhole: boolean

  constructor(
    { request, client, record }: { request: RequestHead; client: ServerConnection; record: RequestRecord },
    options: ExchangeOptions,
    world: ExchangeWorld,
  ) {
    this.#request = request
    this.#client = client
    this.#record = record
    this.#options = options
    this.#world = world
    this.#hasBody = request.framing.kind !== 'none'
    this.#isBodyWhole = !this.#hasBody
    const timeoutMs = Math.min(options.timeoutMs, statedTimeoutMs(request) ?? Number.POSITIVE_INFINITY)
    this.#deadlineMs = record.startedMs + timeoutMs
    this.#cancelTimeout = world.clock.after(timeoutMs, () => this.#onTimeout())
    record.upstream = options.destination.upstream.label
  }

  /** Makes the first attempt. The body waits until an endpoint has accepted the connection: until then any other can be tried. */
  begin(): void {
    if (this.#hasBody) this.#client.holdBody()
    this.#options.destination.budget.deposit()
    this.#findPlace()
  }

  // Finding a place

  #findPlace(): void {
    this.#stage = 'waiting'
    const { upstream } = this.#options.destination
    const place = upstream.acquire({ tried: this.#tried, hashKey: this.#hashKey, mayWait: 'yes' }, this)
    switch (place.kind) {
      case 'lease':
        this.onLease(place)
        break
      case 'waiting':
        this.#cancelWait = () => place.cancel()
        break
      case 'none':
        this.onNoPlace(place.why, place.retryAfterMs)
        break
    }
  }

  get #hashKey(): string | undefined {
    const { hashHeader } = this.#options.destination
    return hashHeader === undefined ? undefined : fieldValue(this.#request.fields, hashHeader)
  }

  onLease(lease: Lease): void {
    this.#cancelWait = undefined
    this.#stage = 'trying'
    this.#counted += 1
    const attempt = this.#createAttempt(lease, this.#isNextPaid ? 'extra' : 'first')
    this.#isNextPaid = false
    this.#attempt = attempt
    this.#scheduleHedge()
    attempt.begin(this.#nextConnection)
  }

  onNoPlace(why: NoPlaceReason, retryAfterMs?: number): void {
    this.#cancelWait = undefined
    if (this.#lastFailure !== undefined) {
      this.#record.notRetried = 'no endpoint had a place for another attempt'
      this.#record.notRetriedReason = 'no_endpoint'
      this.#giveUp(this.#lastFailure)
      return
    }
    this.#giveUp(noPlaceOutcome(why, retryAfterMs, this.#options.destination.upstream.discovery))
  }

  #createAttempt(lease: Lease, kind: 'first' | 'extra'): Attempt {
    const { retry, destination } = this.#options
    this.#tried.push(lease.endpoint)
    if (lease.isPanic && !this.#record.flags.includes('PN')) this.#record.flags.push('PN')
    const record = { endpoint: lease.endpoint.address, reused: false, ms: 0 }
    this.#record.attempts.push(record)
    const perTryMs = retry === 'off' ? undefined : retry.perTryMs
    const onOver = kind === 'extra' ? destination.budget.attemptEnded : undefined
    return new Attempt(lease, { record, perTryMs, onOver }, this, this.#world.clock)
  }

  // Hedging

  #scheduleHedge(): void {
    const { hedge, destination } = this.#options
    if (hedge === undefined || !isHedgeable(this.#request.method, this.#hasBody ? 'body' : 'none')) return
    const delayMs = hedgeDelayMs(hedge, destination.latencies)
    if (delayMs !== undefined) this.#cancelHedge = this.#world.clock.after(delayMs, () => this.#tryHedge(hedge))
  }

  #tryHedge(rules: HedgeRules): void {
    this.#cancelHedge?.()
    this.#cancelHedge = undefined
    const { upstream, budget, latencies } = this.#options.destination
    const { isPanic, circuit } = upstream.facts
    const moment = {
      method: this.#request.method,
      body: this.#hasBody ? ('body' as const) : ('none' as const),
      hedges: this.#record.hedges,
      isAnswered: this.#stage !== 'trying',
      hadPushback: this.#held?.attempt.retryAfter !== undefined,
      remainingMs: this.#remainingMs,
    }
    const p50Ms = latencies.quantile(0.5)
    const means = { p50Ms, hasAnother: this.#hasAnother, isPanic, isBreakerOpen: circuit !== 'closed', budget }
    if (!decideHedge(moment, rules, means).hedge) return
    const place = upstream.acquire({ tried: this.#tried, hashKey: undefined, mayWait: 'no' }, this)
    if (place.kind !== 'lease') {
      budget.attemptEnded()
      return
    }
    const attempt = this.#createAttempt(place, 'extra')
    attempt.record.hedge = true
    this.#record.hedges += 1
    if (!this.#record.flags.includes('HG')) this.#record.flags.push('HG')
    this.#rivals ??= []
    this.#rivals.push(attempt)
    this.#scheduleHedge()
    attempt.begin('reuse')
  }

  get #hasAnother(): boolean {
    return this.#options.destination.upstream.endpoints.some((endpoint) => !this.#tried.includes(endpoint))
  }

  /** Takes an attempt out of those on their way. @returns whether others still are */
  #withdraw(attempt: Attempt): boolean {
    const rivals = this.#rivals
    if (rivals === undefined || rivals.length === 0) return false
    if (attempt === this.#attempt) this.#attempt = rivals.shift()
    else rivals.splice(rivals.indexOf(attempt), 1)
    return true
  }

  // From the attempts

  attemptReady({ connection, lease }: Attempt): void {
    if (connection === undefined) return
    const text = requestHeadText(this.#headToSend(), lease.endpoint.authority)
    const { framing, method, upgrade } = this.#request
    connection.sendHead(text, { chunked: framing.kind === 'chunked', toHead: method === 'HEAD', offered: upgrade })
    for (const piece of this.#body?.pieces ?? []) connection.sendBody(piece)
    if (!this.#isBodyWhole) {
      this.#client.releaseBody()
      return
    }
    if (this.#trailers !== '') connection.sendTrailers(this.#trailers)
    connection.sendEnd()
    connection.flush()
  }

  /** A caller that states its time wants it passed on; nobody else's requests are changed. */
  #headToSend(): RequestHead {
    const { requestTimeout, envoyTimeout, fields } = this.#request
    if (requestTimeout === undefined && envoyTimeout === undefined) return this.#request
    const { retry } = this.#options
    const perTryMs = retry === 'off' ? undefined : retry.perTryMs
    const leftMs = Math.min(this.#remainingMs, perTryMs ?? Number.POSITIVE_INFINITY)
    return { ...this.#request, fields: withTimeLeft(fields, leftMs) }
  }

  attemptInterim(attempt: Attempt, head: ResponseHead): void {
    if (attempt === this.#attempt) this.#client.respondInterim(head)
  }

  attemptHead(attempt: Attempt, head: ResponseHead): void {
    if (isRetriedStatus(head.status, this.#options.retry)) this.#afterBadAnswer(attempt, head)
    else this.#take(attempt, head)
  }

  /** Passes an answer on; with its head at the client no other can take its place. */
  #take(attempt: Attempt, head: ResponseHead): void {
    this.#stage = 'answering'
    this.#settleOn(attempt)
    this.#answerHead = head
    this.#record.answeredMs = this.#world.clock.now()
    this.#record.status = head.status
    if (head.status < 500) this.#options.destination.latencies.record(attempt.elapsedMs)
    this.#client.respondHead(head)
  }

  /** From here on it is a tunnel: no time for the whole request, no attempt after this. */
  attemptSwitched(attempt: Attempt, head: ResponseHead): void {
    this.#cancelTimeout()
    this.#stage = 'tunnel'
    this.#settleOn(attempt)
    this.#record.answeredMs = this.#world.clock.now()
    this.#record.status = head.status
    this.#client.respondSwitched(head)
  }

  /** The others are given up, and what was kept for more attempts. */
  #settleOn(attempt: Attempt): void {
    if (this.#rivals !== undefined) {
      this.#record.isHedgeAnswer = attempt.record.hedge === true
      for (const other of [this.#attempt, ...this.#rivals]) if (other !== attempt) other?.cancel()
      this.#rivals = undefined
    }
    this.#attempt = attempt
    this.#cancelHedge?.()
    this.#body?.free()
    this.#body = undefined
    this.#dropHeld()
  }

  #hold(attempt: Attempt, head: ResponseHead): void {
    this.#dropHeld()
    this.#held = { answer: attempt.hold(head), attempt }
  }

  /** Harmless for an answer that is whole: its connection serves others by then. */
  #dropHeld(): void {
    this.#held?.attempt.cancel()
    this.#held = undefined
  }

  attemptBody(piece: Buffer): void {
    this.#record.responseBytes += piece.length
    this.#client.respondBody(piece)
  }

  attemptTrailers(fields: string): void {
    this.#client.respondTrailers(fields)
  }

  attemptFlush(): boolean {
    return this.#client.respondFlush()
  }

  attemptEnd(attempt: Attempt): void {
    if (this.#stage !== 'tunnel') {
      attempt.finish()
      this.#end()
    }
    this.#client.respondEnd()
  }

  attemptWritable(): void {
    this.#client.releaseBody()
  }

  attemptFailed(attempt: Attempt, failure: Failure): void {
    if (this.#stage === 'answering' || this.#stage === 'tunnel') {
      this.#breakOff(failureOutcome(failure))
      return
    }
    this.#lastFailure = failureOutcome(failure)
    if (this.#withdraw(attempt)) {
      this.#hedgeInPlace()
      return
    }
    const decision = this.#decide(this.#attemptFailure(attempt, failure))
    if (decision.retry) this.#retry(attempt, decision)
    else {
      this.#note(decision)
      this.#giveUp(failureOutcome(failure))
    }
  }

  /** Others are on their way: one that failed makes the next hedge due at once (gRPC proposal A6). */
  #hedgeInPlace(): void {
    if (this.#options.hedge !== undefined) this.#tryHedge(this.#options.hedge)
  }

  #attemptFailure(attempt: Attempt, failure: Failure): AttemptFailure {
    if (failure.kind !== 'lost') return { kind: failure.kind }
    return { kind: 'lost', written: 'something', reused: attempt.record.reused, answered: attempt.hasAnswered }
  }

  #afterBadAnswer(attempt: Attempt, head: ResponseHead): void {
    if (this.#withdraw(attempt)) {
      this.#hold(attempt, head)
      this.#hedgeInPlace()
      return
    }
    const isOverloaded = fieldValue(head.fields, overloadedField) !== undefined
    const { status } = head
    const decision = this.#decide({ kind: 'status', status, retryAfter: attempt.retryAfter, isOverloaded })
    if (decision.retry) {
      this.#hold(attempt, head)
      this.#retry(attempt, decision)
    } else {
      this.#note(decision)
      this.#take(attempt, head)
    }
  }

  // Trying again

  #decide(failure: AttemptFailure): RetryDecision {
    const { destination, retry } = this.#options
    const { method, hasIdempotencyKey } = this.#request
    const failed = {
      failure,
      method,
      hasIdempotencyKey,
      body: this.#bodyState,
      isSent: this.#isBodyWhole,
      isAnswered: false,
      attempts: this.#counted,
      hadStale: this.#hadStale,
    }
    const means = {
      remainingMs: this.#remainingMs,
      p50Ms: destination.latencies.quantile(0.5),
      hasAnother: this.#hasAnother,
      budget: destination.budget,
      random: this.#world.random,
    }
    return decideRetry(failed, retry, means)
  }

  /** A route that makes one attempt has exhausted nothing. */
  #note({ reason, why }: NoRetry): void {
    const flag = reason === 'attempts' && this.#counted === 1 ? undefined : refusalFlag(reason)
    if (flag !== undefined) this.#record.flags.push(flag)
    this.#record.notRetried = why
    this.#record.notRetriedReason = reason
  }

  #retry({ record, lease }: Attempt, { class: safety, waitMs, connection, counts }: Retry): void {
    this.#stage = 'waiting'
    this.#nextConnection = connection
    this.#isNextPaid = counts === 'attempt'
    record.class = safety
    if (waitMs > 0) record.backoff_ms = Math.round(waitMs)
    if (counts === 'stale') {
      this.#hadStale = true
      this.#counted -= 1
      // The endpoint is not to blame, and a fresh connection to it is as good as any.
      this.#tried.splice(this.#tried.indexOf(lease.endpoint), 1)
      this.#record.flags.push('SC')
    }
    if (!this.#isBodyWhole) this.#client.holdBody()
    if (waitMs > 0) this.#cancelWait = this.#world.clock.after(waitMs, () => this.#findPlace())
    else this.#findPlace()
  }

  get #remainingMs(): number {
    return this.#deadlineMs - this.#world.clock.now()
  }

  get #bodyState(): BodyState {
    if (!this.#hasBody) return 'none'
    if (this.#body?.notKept !== undefined) return this.#body.notKept
    if (this.#record.requestBytes === 0 && !this.#isBodyWhole) return 'held'
    return this.#body === undefined && this.#record.requestBytes > 0 ? 'too_large' : 'kept'
  }

  // From the client

  requestBody(piece: Buffer): void {
    this.#keep(piece)
    this.#record.requestBytes += piece.length
    this.#attempt?.connection?.sendBody(piece)
  }

  /** Only for requests that may be sent again at all. */
  #keep(piece: Buffer): void {
    const { retry } = this.#options
    if (this.#stage !== 'trying' || retry === 'off' || !isIdempotent(this.#request, retry)) return
    this.#body ??= this.#world.replayMemory.open(retry.bodyBytes)
    this.#body.add(piece)
  }

  requestTrailers(fields: string): void {
    this.#trailers = fields
    this.#attempt?.connection?.sendTrailers(fields)
  }

  requestEnd(): void {
    this.#isBodyWhole = true
    const connection = this.#attempt?.connection
    connection?.sendEnd()
    connection?.flush()
  }

  requestFlush(): boolean {
    return this.#stage === 'waiting' || this.#attempt?.connection?.flush() !== false
  }

  requestBroken(refusal: Refusal): void {
    this.#cancelAttempts()
    const outcome: Outcome = { ...refusal, flag: 'DPE' }
    if (this.#stage === 'answering') this.#breakOff(outcome)
    else this.#answer(outcome)
  }

  clientWritable(): void {
    this.#attempt?.resume()
  }

  streamIdle(): void {
    this.#breakOff(outcomes.streamIdle)
  }

  tunnelEnd(): void {
    this.#attempt?.finish()
    this.#end()
  }

  clientGone(): void {
    this.#cancelAttempts()
    if (this.#stage !== 'tunnel') this.#record.status = 499
    this.#record.flags.push('DC')
    this.#end()
  }

  // Endings

  #onTimeout(): void {
    if (this.#stage === 'answering') {
      // A stream has no end to wait for; it is over when nothing moves in it any more.
      if (!isEventStream(this.#answerHead)) this.#breakOff(outcomes.timeout)
      return
    }
    for (const attempt of [this.#attempt, ...(this.#rivals ?? [])]) attempt?.expire()
    this.#record.notRetried = 'the time for the whole request was over'
    this.#answer(outcomes.timeout)
  }

  #cancelAttempts(): void {
    for (const attempt of [this.#attempt, ...(this.#rivals ?? [])]) attempt?.cancel()
  }

  /** Nothing better will come: an answer that an endpoint has really given is worth more than one of ours. */
  #giveUp(outcome: Outcome): void {
    const answer = this.#held?.answer
    if (answer?.isWhole !== true) {
      this.#answer(outcome)
      return
    }
    this.#record.status = answer.head.status
    this.#record.answeredMs = this.#world.clock.now()
    this.#record.responseBytes = answer.bytes
    if (!this.#record.flags.includes('URX')) this.#record.flags.push('URX')
    this.#end()
    answer.giveTo(this.#client)
  }

  /** Answers in the upstream's place. */
  #answer(outcome: Outcome): void {
    const answer = this.#world.observer.ownAnswer(outcome, this.#record)
    this.#end()
    this.#client.respondWhole(answer.head, answer.body)
  }

  /** Part of the answer is with the client already: only a broken connection can say that it is not whole. */
  #breakOff({ flag, code }: Outcome): void {
    this.#cancelAttempts()
    if (flag !== undefined) this.#record.flags.push(flag)
    this.#record.code = code
    this.#end()
    this.#client.cut()
  }

  #end(): void {
    if (this.#stage === 'over') return
    this.#stage = 'over'
    this.#cancelTimeout()
    this.#cancelWait?.()
    this.#cancelHedge?.()
    this.#body?.free()
    this.#dropHeld()
    const { budget } = this.#options.destination
    if (this.#isNextPaid) budget.attemptEnded()
    budget.requestEnded()
    this.#world.observer.end(this.#record)
  }
}

const eventStream = /^content-type:[ \t]*text\/event-stream/im

function isEventStream(head: ResponseHead | undefined): boolean {
  return head !== undefined && eventStream.test(head.fields)
}
