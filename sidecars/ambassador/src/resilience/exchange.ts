/**
 * One request on its way: it finds an endpoint, sends the request, passes the answer back, and tries once
 * more where that is safe. It stands between two connections, hears both, and decides; the deciding
 * itself is in `retry-decision.ts`.
 *
 *   connecting -> sent -> answering -> over          connecting again after a retry
 */
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'
import type { ClientConnection } from '../http1/client-connection.ts'
import type { Refusal } from '../http1/refusal.ts'
import type { RequestEvents } from '../http1/request-events.ts'
import type { RequestHead } from '../http1/request-head.ts'
import type { ConnectionFailure, ResponseEvents } from '../http1/response-events.ts'
import type { ResponseHead } from '../http1/response-head.ts'
import type { ServerConnection } from '../http1/server-connection.ts'
import { requestHeadText } from '../http1/write-head.ts'
import { type Outcome, outcomes } from '../observe/outcome.ts'
import type { RequestObserver } from '../observe/request-observer.ts'
import type { AttemptRecord, RequestRecord } from '../observe/request-record.ts'
import type { Endpoint } from '../upstream/endpoint.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { failureOutcome, failureWord } from './failure-outcome.ts'
import { type AttemptFailure, decideRetry, type RetryDecision } from './retry-decision.ts'
import type { RetryRules } from './retry-rules.ts'

export interface ExchangeOptions {
  readonly upstream: Upstream
  /** Milliseconds from the head of the request to the end of the answer. */
  readonly timeoutMs: number
}

export interface ExchangeWorld {
  readonly clock: Clock
  readonly observer: RequestObserver
}

const defaultRules: RetryRules = {
  attempts: 2,
  perTryMs: undefined,
  on: { connect: true, reset: false, timeout: false, statuses: new Set() },
  idempotent: 'auto',
  bodyBytes: 0,
}

const withoutBudget = { budget: { tryWithdraw: () => true }, random: { next: () => 0 } }

type Stage = 'connecting' | 'sent' | 'answering' | 'tunnel' | 'over'

export class Exchange implements RequestEvents, ResponseEvents {
  readonly #request: RequestHead
  readonly #client: ServerConnection
  readonly #record: RequestRecord
  readonly #options: ExchangeOptions
  readonly #world: ExchangeWorld
  readonly #tried: Endpoint[] = []
  readonly #hasBody: boolean
  readonly #cancelTimeout: Cancel

  #stage: Stage = 'connecting'
  #upstream: ClientConnection | undefined
  #attempt: AttemptRecord | undefined
  #attemptStartedMs = 0

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
    this.#cancelTimeout = world.clock.after(options.timeoutMs, () => this.#onTimeout())
    record.upstream = options.upstream.label
  }

  /** Makes the first attempt. The body waits until an endpoint has accepted the connection: until then any other can be tried. */
  begin(): void {
    if (this.#hasBody) this.#client.holdBody()
    this.#tryNext('reuse')
  }

  #tryNext(connection: 'reuse' | 'fresh'): void {
    const endpoint = this.#options.upstream.pick(this.#tried)
    if (endpoint === undefined) {
      this.#answer(this.#noEndpoint())
      return
    }
    this.#stage = 'connecting'
    this.#tried.push(endpoint)
    this.#attemptStartedMs = this.#world.clock.now()
    this.#attempt = { endpoint: endpoint.address, reused: false, ms: 0 }
    this.#record.attempts.push(this.#attempt)
    this.#upstream = endpoint.connect(this, connection)
  }

  #noEndpoint(): Outcome {
    const { discovery } = this.#options.upstream
    if (discovery.state !== 'failed') return outcomes.noEndpoint
    return { ...outcomes.nameNotFound, what: `${outcomes.nameNotFound.what} (${discovery.code})` }
  }

  // From the upstream

  upstreamReady(connection: ClientConnection): void {
    this.#stage = 'sent'
    this.#upstream = connection
    if (this.#attempt !== undefined) this.#attempt.reused = connection.uses > 0
    const text = requestHeadText(this.#request, this.#tried.at(-1)?.authority ?? '')
    const chunked = this.#request.framing.kind === 'chunked'
    connection.sendHead(text, { chunked, toHead: this.#request.method === 'HEAD', offered: this.#request.upgrade })
    if (this.#hasBody) this.#client.releaseBody()
    else {
      connection.sendEnd()
      connection.flush()
    }
  }

  responseInterim(head: ResponseHead): void {
    this.#client.respondInterim(head)
  }

  responseHead(head: ResponseHead): void {
    this.#stage = 'answering'
    this.#record.answeredMs = this.#endAttempt()
    this.#record.status = head.status
    if (this.#attempt !== undefined) this.#attempt.status = head.status
    this.#client.respondHead(head)
  }

  /** From here on it is a tunnel: no time for the whole request, no attempt after this. */
  responseSwitched(head: ResponseHead): void {
    this.#cancelTimeout()
    this.#stage = 'tunnel'
    this.#record.answeredMs = this.#endAttempt()
    this.#record.status = head.status
    if (this.#attempt !== undefined) this.#attempt.status = head.status
    this.#client.respondSwitched(head)
  }

  responseBody(piece: Buffer): void {
    this.#record.responseBytes += piece.length
    this.#client.respondBody(piece)
  }

  responseFlush(): boolean {
    return this.#client.respondFlush()
  }

  responseTrailers(fields: string): void {
    this.#client.respondTrailers(fields)
  }

  responseEnd(): void {
    if (this.#stage !== 'tunnel') this.#end()
    this.#client.respondEnd()
  }

  upstreamWritable(): void {
    this.#client.releaseBody()
  }

  upstreamFailed(failure: ConnectionFailure): void {
    if (this.#stage === 'answering' || this.#stage === 'tunnel') this.#breakOff(failureOutcome(failure))
    else this.#afterFailure(failure)
  }

  #afterFailure(failure: ConnectionFailure): void {
    this.#endAttempt()
    if (this.#attempt !== undefined) this.#attempt.error = failureWord(failure)
    const decision = this.#decide(failure)
    if (decision.retry) {
      if (failure.kind === 'lost') this.#record.flags.push('SC')
      this.#tryNext(decision.connection)
    } else {
      this.#record.notRetried = decision.why
      this.#answer(failureOutcome(failure))
    }
  }

  #decide(failure: ConnectionFailure): RetryDecision {
    const hasAnother = this.#options.upstream.endpoints.some((endpoint) => !this.#tried.includes(endpoint))
    if (failure.kind === 'connect' && !hasAnother) {
      return { retry: false, class: 'SAFE', reason: 'no_endpoint', why: 'there is no other endpoint' }
    }
    const request = {
      failure: this.#attemptFailure(failure),
      method: this.#request.method,
      hasIdempotencyKey: this.#request.hasIdempotencyKey,
      body: this.#hasBody ? (failure.kind === 'connect' ? 'held' : 'too_large') : 'none',
      isSent: true,
      isAnswered: false,
      attempts: this.#record.attempts.length,
      hadStale: this.#record.flags.includes('SC'),
    } as const
    const means = { remainingMs: Number.POSITIVE_INFINITY, p50Ms: undefined, hasAnother, ...withoutBudget }
    return decideRetry(request, defaultRules, means)
  }

  #attemptFailure(failure: ConnectionFailure): AttemptFailure {
    if (failure.kind !== 'lost') return { kind: failure.kind }
    const reused = this.#attempt?.reused === true
    return { kind: 'lost', written: 'something', reused, answered: this.#upstream?.hasAnswered === true }
  }

  // From the client

  requestBody(piece: Buffer): void {
    this.#record.requestBytes += piece.length
    this.#upstream?.sendBody(piece)
  }

  requestTrailers(fields: string): void {
    this.#upstream?.sendTrailers(fields)
  }

  requestEnd(): void {
    this.#upstream?.sendEnd()
    this.#upstream?.flush()
  }

  requestFlush(): boolean {
    return this.#stage === 'connecting' || this.#upstream?.flush() !== false
  }

  requestBroken(refusal: Refusal): void {
    this.#upstream?.close()
    const outcome: Outcome = { ...refusal, flag: 'DPE' }
    if (this.#stage === 'answering') this.#breakOff(outcome)
    else this.#answer(outcome)
  }

  clientWritable(): void {
    this.#upstream?.resume()
  }

  streamIdle(): void {
    this.#breakOff(outcomes.streamIdle)
  }

  tunnelEnd(): void {
    this.#end()
  }

  clientGone(): void {
    this.#upstream?.close()
    if (this.#stage !== 'tunnel') this.#record.status = 499
    this.#record.flags.push('DC')
    this.#end()
  }

  // Endings

  #onTimeout(): void {
    this.#upstream?.close()
    if (this.#stage === 'answering') {
      this.#breakOff(outcomes.timeout)
      return
    }
    this.#endAttempt()
    if (this.#attempt !== undefined) this.#attempt.error = 'timeout'
    this.#record.notRetried = 'the time for the whole request was over'
    this.#answer(outcomes.timeout)
  }

  /** Answers in the upstream's place. */
  #answer(outcome: Outcome): void {
    const answer = this.#world.observer.ownAnswer(outcome, this.#record)
    this.#end()
    this.#client.respondWhole(answer.head, answer.body)
  }

  /** Part of the answer is with the client already: only a broken connection can say that it is not whole. */
  #breakOff({ flag, code }: Outcome): void {
    this.#upstream?.close()
    if (flag !== undefined) this.#record.flags.push(flag)
    this.#record.code = code
    this.#end()
    this.#client.cut()
  }

  /** @returns the present time, by the clock's `now` */
  #endAttempt(): number {
    const nowMs = this.#world.clock.now()
    if (this.#attempt !== undefined) this.#attempt.ms = Math.round((nowMs - this.#attemptStartedMs) * 10) / 10
    return nowMs
  }

  #end(): void {
    if (this.#stage === 'over') return
    this.#stage = 'over'
    this.#cancelTimeout()
    this.#world.observer.end(this.#record)
  }
}
