/**
 * The attempts of one request: one after the other, and when it is hedged side by side. Gets each a place from
 * `place-search.ts`, lets `retry-decision.ts` decide whether to try again, and ends with the one answer that counts or with
 * the outcome that stands in its place.
 *
 *   waiting (for a place, or before the next attempt) <-> trying -> decided
 */
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'
import type { Random } from '@podmates/shared/world/random.ts'
import { fieldValue } from '../http1/field-block.ts'
import type { ResponseHead } from '../http1/response-head.ts'
import type { Outcome, ResponseFlag } from '../observe/outcome.ts'
import { overloadedField } from '../observe/own-answer.ts'
import type { RequestRecord } from '../observe/request-record.ts'
import type { Lease } from '../upstream/lease.ts'
import type { NoPlaceReason, Waiter } from '../upstream/place.ts'
import { Attempt, type AttemptEnd, type AttemptOwner } from './attempt.ts'
import type { Destination } from './destination.ts'
import { failureOutcome, noPlaceOutcome, refusalFlag } from './failure-outcome.ts'
import { type HedgeMoment, type HedgeRefusal, type HedgeRules, isHedgeable } from './hedge-plan.ts'
import { type HedgedRequest, Hedging } from './hedging.ts'
import { heldBytesMax } from './held-answer.ts'
import type { OutgoingRequest } from './outgoing-request.ts'
import { PlaceSearch } from './place-search.ts'
import type { ReplayMemory } from './replay-memory.ts'
import { type AttemptFailure, decideRetry, type NoRetry, type Retry, type RetryDecision } from './retry-decision.ts'
import { isRetriedStatus, type RetryPolicy } from './retry-rules.ts'
import type { SeriesOwner } from './series-owner.ts'

/** What a route allows for one request. */
export interface SeriesOptions {
  readonly destination: Destination
  readonly retry: RetryPolicy
  readonly hedge: HedgeRules | undefined
}

/** What a series needs beside its request. */
export interface SeriesWorld {
  readonly clock: Clock
  readonly random: Random
  readonly replayMemory: ReplayMemory
}

export class AttemptSeries implements AttemptOwner, HedgedRequest, Waiter {
  readonly #request: OutgoingRequest
  readonly #record: RequestRecord
  readonly #deadlineMs: number
  readonly #options: SeriesOptions
  readonly #owner: SeriesOwner
  readonly #world: SeriesWorld
  readonly #search: PlaceSearch
  readonly #hedging: Hedging | undefined

  #stage: 'waiting' | 'trying' | 'decided' = 'waiting'
  #current: Attempt | undefined
  /** Has the last bad answer, while a better one is tried for. */
  #held: Attempt | undefined
  #cancelBackOff: Cancel | undefined
  #nextConnection: 'reuse' | 'fresh' = 'reuse'
  /** The next attempt was withdrawn from the budget. */
  #isNextPaid = false
  #counted = 0
  #hadStale = false
  #lastFailure: Outcome | undefined

  /** @param deadlineMs by the clock's `now` */
  constructor(
    { request, record, deadlineMs }: { request: OutgoingRequest; record: RequestRecord; deadlineMs: number },
    options: SeriesOptions,
    owner: SeriesOwner,
    world: SeriesWorld,
  ) {
    this.#request = request
    this.#record = record
    this.#deadlineMs = deadlineMs
    this.#options = options
    this.#owner = owner
    this.#world = world
    const { hedge, destination } = options
    const { method, upgrade, fields } = request.head
    this.#search = new PlaceSearch({ fields, record }, destination, this, world.clock)
    // A tunnel that lost would have been opened for nothing, and the other side would know of it.
    if (hedge !== undefined && upgrade === undefined && isHedgeable(method, this.#hasBody)) {
      this.#hedging = new Hedging(hedge, destination, { request: this, search: this.#search }, world.clock)
    }
  }

  /** The attempt that the request's body goes to; after the decision the one whose answer counts. */
  get current(): Attempt | undefined {
    return this.#current
  }

  begin(): void {
    this.#options.destination.budget.deposit()
    this.#search.find()
  }

  // Finding a place

  onLease(lease: Lease): void {
    this.#stage = 'trying'
    this.#counted += 1
    const attempt = this.#createAttempt(lease, this.#isNextPaid ? 'extra' : 'first')
    this.#isNextPaid = false
    this.#current = attempt
    this.#hedging?.onBegun(attempt)
    attempt.begin(this.#nextConnection)
  }

  onNoPlace(why: NoPlaceReason, retryAfterMs?: number): void {
    if (this.#record.attempts.length > 0) {
      this.#record.notRetried = 'no endpoint had a place for another attempt'
      this.#record.notRetriedReason = 'no_endpoint'
    }
    const { discovery } = this.#options.destination.upstream
    this.#giveUp(this.#lastFailure ?? noPlaceOutcome(why, retryAfterMs, discovery))
  }

  #createAttempt(lease: Lease, kind: 'first' | 'extra'): Attempt {
    const { destination } = this.#options
    this.#search.wentTo(lease.endpoint)
    if (lease.isPanic) this.#flag('PN')
    const record = { endpoint: lease.endpoint.address, reused: false, ms: 0 }
    this.#record.attempts.push(record)
    const onOver = kind === 'extra' ? destination.budget.attemptEnded : undefined
    const options = { record, perTryMs: this.#perTryMs, onOver }
    return new Attempt(lease, options, { owner: this, sink: this.#owner }, this.#world.clock)
  }

  get #perTryMs(): number | undefined {
    const { retry } = this.#options
    return retry === 'off' ? undefined : retry.perTryMs
  }

  get #remainingMs(): number {
    return this.#deadlineMs - this.#world.clock.now()
  }

  get #hasBody(): 'body' | 'none' {
    return this.#request.hasBody ? 'body' : 'none'
  }

  // For its hedges

  get moment(): Omit<HedgeMoment, 'hedges'> {
    return {
      method: this.#request.head.method,
      body: this.#hasBody,
      isAnswered: this.#stage !== 'trying',
      hadPushback: this.#held?.retryAfter !== undefined,
      remainingMs: this.#remainingMs,
    }
  }

  noHedge(why: HedgeRefusal): void {
    this.#record.notHedged = why
  }

  sendHedge(lease: Lease): void {
    const attempt = this.#createAttempt(lease, 'extra')
    attempt.record.hedge = true
    this.#record.hedges += 1
    this.#flag('HG')
    this.#hedging?.onBegun(attempt)
    attempt.begin('reuse')
  }

  // From the attempts

  attemptReady(attempt: Attempt): void {
    const { connection, lease } = attempt
    if (connection === undefined) return
    // The client may take its time; the endpoint has nothing to answer yet.
    if (!this.#request.isWhole) attempt.stopTime()
    const leftMs = Math.min(this.#remainingMs, attempt.leftMs)
    this.#request.sendTo(connection, lease.endpoint.authority, leftMs)
    this.#owner.onSent()
  }

  attemptInterim(attempt: Attempt, head: ResponseHead): void {
    if (attempt === this.#current) this.#owner.onInterim(head)
  }

  attemptHead(attempt: Attempt, head: ResponseHead): void {
    if (isRetriedStatus(head.status, this.#options.retry)) this.#onBadAnswer(attempt, head)
    else this.#take(attempt, head)
  }

  attemptSwitched(attempt: Attempt, head: ResponseHead): void {
    this.#settleOn(attempt)
    this.#owner.onSwitched(head)
  }

  attemptFailed(attempt: Attempt, end: AttemptEnd): void {
    this.#lastFailure = failureOutcome(end)
    if (this.#hedging?.onFailed(attempt) === true) return
    const decision = this.#decide(attempt.failureOf(end))
    attempt.record.class = decision.class
    if (decision.retry) this.#retry(attempt, decision)
    else {
      this.#note(decision)
      this.#giveUp(this.#lastFailure)
    }
  }

  #onBadAnswer(attempt: Attempt, head: ResponseHead): void {
    if (this.#hedging !== undefined) {
      // Put by first: what it asks for decides about the next hedge.
      this.#hold(attempt, head)
      if (this.#hedging.onFailed(attempt)) return
    }
    const isOverloaded = fieldValue(head.fields, overloadedField) !== undefined
    const { status } = head
    const decision = this.#decide({ kind: 'status', status, retryAfter: attempt.retryAfter, isOverloaded })
    attempt.record.class = decision.class
    if (decision.retry) {
      if (this.#held !== attempt) this.#hold(attempt, head)
      this.#retry(attempt, decision)
      return
    }
    this.#note(decision)
    if (this.#held === attempt) this.#passOnHeld()
    else this.#take(attempt, head)
  }

  // Trying again

  #decide(failure: AttemptFailure): RetryDecision {
    const { destination, retry } = this.#options
    const { head, body, isWhole } = this.#request
    const failed = {
      failure,
      method: head.method,
      hasIdempotencyKey: head.hasIdempotencyKey,
      body,
      isSent: isWhole,
      attempts: this.#counted,
      hadStale: this.#hadStale,
    }
    const means = {
      remainingMs: this.#remainingMs,
      p50Ms: destination.latencies.quantile(0.5),
      hasAnother: this.#search.hasAnother,
      budget: destination.budget,
      random: this.#world.random,
    }
    return decideRetry(failed, retry, means)
  }

  /** A route that makes one attempt has exhausted nothing. */
  #note({ reason, why }: NoRetry): void {
    const flag = reason === 'attempts' && this.#counted === 1 ? undefined : refusalFlag(reason)
    if (flag !== undefined) this.#flag(flag)
    this.#record.notRetried = why
    this.#record.notRetriedReason = reason
  }

  #retry({ record, lease }: Attempt, { waitMs, connection, counts }: Retry): void {
    this.#stage = 'waiting'
    this.#current = undefined
    this.#nextConnection = connection
    this.#isNextPaid = counts === 'attempt'
    if (counts === 'stale') {
      this.#hadStale = true
      this.#counted -= 1
      // The endpoint is not to blame, and a fresh connection to it is as good as any.
      this.#search.forget(lease.endpoint)
      this.#flag('SC')
    }
    this.#owner.onWaiting()
    if (waitMs === 0) {
      this.#search.find()
      return
    }
    record.backoff_ms = Math.round(waitMs)
    this.#cancelBackOff = this.#world.clock.after(waitMs, () => this.#search.find())
  }

  /** Puts an answer by, in place of one that was put by before. */
  #hold(attempt: Attempt, head: ResponseHead): void {
    this.#held?.cancel()
    this.#held = attempt
    attempt.hold(head, this.#world.replayMemory.open(heldBytesMax))
  }

  // Deciding

  /** With its head at the client no other answer can take its place. */
  #take(attempt: Attempt, head: ResponseHead): void {
    this.#settleOn(attempt)
    if (head.status < 500) this.#options.destination.latencies.record(attempt.elapsedMs)
    this.#owner.onAnswer(head)
  }

  #settleOn(attempt: Attempt): void {
    this.#stage = 'decided'
    this.#current = attempt
    this.#request.free()
    this.#hedging?.onWon(attempt)
    if (attempt.record.hedge !== undefined) this.#record.isHedgeAnswer = true
    if (this.#held !== attempt) this.#held?.cancel()
    this.#held = undefined
  }

  /** Nothing better will come: an answer that an endpoint has really given is worth more than one of ours. */
  #giveUp(outcome: Outcome): void {
    if (this.#held?.held !== undefined) this.#passOnHeld()
    else this.#owner.onNoAnswer(outcome)
  }

  #passOnHeld(flag?: ResponseFlag): void {
    const attempt = this.#held
    const answer = attempt?.held
    if (attempt === undefined || answer === undefined) return
    if (this.#record.attempts.length > 1) this.#flag('URX')
    if (flag !== undefined) this.#flag(flag)
    this.#take(attempt, answer.head)
    attempt.passOnHeld(answer)
  }

  #flag(flag: ResponseFlag): void {
    if (!this.#record.flags.includes(flag)) this.#record.flags.push(flag)
  }

  // Ending

  #stopWaiting(): void {
    this.#cancelBackOff?.()
    this.#search.end()
  }

  /** Whatever is on its way is given up; the endpoints are not to blame. */
  cancel(): void {
    this.#current?.cancel()
    this.#hedging?.endAll('cancel')
  }

  /**
   * The time is over: a failure of every endpoint that has the whole request, or accepted no connection.
   * An answer that was put by and is whole is passed on; else `outcome` stands in its place.
   */
  expire(outcome: Outcome): void {
    this.#stopWaiting()
    const held = this.#held?.held
    const how = this.#request.isWhole || this.#current?.isUp === false ? 'expire' : 'cancel'
    if (this.#current !== this.#held) this.#current?.[how]()
    this.#hedging?.endAll(how)
    if (this.#record.attempts.length > 0) {
      this.#record.notRetried = outcome.what
      this.#record.notRetriedReason = 'no_time'
    }
    if (held?.isWhole === true) this.#passOnHeld(outcome.flag)
    else this.#owner.onNoAnswer(outcome)
  }

  /** The request is over; nothing of it is held any more. Call it once. */
  end(): void {
    this.#stage = 'decided'
    this.#stopWaiting()
    this.#hedging?.stop()
    this.#request.free()
    this.#held?.cancel()
    const { budget } = this.#options.destination
    if (this.#isNextPaid) budget.attemptEnded()
    budget.requestEnded()
  }
}
