/**
 * A request to a place that no upstream of the configuration names: a whole URL, or a CONNECT, on a listener
 * that is a forward proxy. The name is looked up once, each address is held against the allow-list, and
 * the connection goes to an address that was allowed, never to the name again. One connection carries one
 * request; there are no retries but to the next address of a name, as long as none has accepted.
 *
 *   finding -> connecting -> sent -> answering -> over
 *   finding -> over                                       not allowed, or not found
 *              connecting -> tunnel -> over                  a CONNECT, or after a 101
 */
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'
import { ClientConnection, type ClientConnectionOptions } from '../../http1/client-connection.ts'
import { isEventStream } from '../../http1/event-stream.ts'
import type { Refusal } from '../../http1/refusal.ts'
import type { RequestEvents } from '../../http1/request-events.ts'
import type { RequestHead } from '../../http1/request-head.ts'
import type { ConnectionFailure, ConnectionOwner, ResponseEvents } from '../../http1/response-events.ts'
import type { ResponseHead } from '../../http1/response-head.ts'
import type { ServerConnection } from '../../http1/server-connection.ts'
import { requestHeadText } from '../../http1/write-head.ts'
import { type Outcome, outcomes } from '../../observe/outcome.ts'
import type { RequestObserver } from '../../observe/request-observer.ts'
import type { AttemptRecord, RequestRecord } from '../../observe/request-record.ts'
import { statedTimeoutMs } from '../../resilience/deadline.ts'
import { failureOutcome, failureWord } from '../../resilience/failure-outcome.ts'
import { headWithin, type StatedTimes } from '../../resilience/outgoing-request.ts'
import { type AllowList, type ForwardTarget, parseForwardTarget } from './allow-list.ts'
import { forwardLabel } from './forward-label.ts'

/** What a listener needs to be a forward proxy. */
export interface Forwarding {
  readonly allow: AllowList
  /** All addresses of a name, IPv4 or IPv6. @throws with a `code` when there are none */
  readonly lookup: (host: string) => Promise<readonly string[]>
  readonly connections: Omit<ClientConnectionOptions, 'target'>
  /** Milliseconds from the head of the request to the end of the answer; for a tunnel and an event stream, to its begin. */
  readonly timeoutMs: number
  readonly statedTimes: StatedTimes
}

export interface ForwardWorld {
  readonly clock: Clock
  readonly observer: RequestObserver
}

type Stage = 'finding' | 'connecting' | 'sent' | 'answering' | 'tunnel' | 'over'

/** Nobody's pool: what has carried one request is closed. */
const owner: ConnectionOwner = { onReusable: (connection) => connection.close(), onClosed: () => undefined }

export class ForwardExchange implements RequestEvents, ResponseEvents {
  readonly #request: RequestHead
  readonly #client: ServerConnection
  readonly #record: RequestRecord
  readonly #forwarding: Forwarding
  readonly #world: ForwardWorld
  readonly #deadlineMs: number
  readonly #cancelTimeout: Cancel
  #stage: Stage = 'finding'
  #addresses: string[] = []
  #port = 0
  #upstream: ClientConnection | undefined
  #attempt: AttemptRecord | undefined
  #attemptStartedMs = 0
  #answerHead: ResponseHead | undefined

  constructor(
    { request, client, record }: { request: RequestHead; client: ServerConnection; record: RequestRecord },
    forwarding: Forwarding,
    world: ForwardWorld,
  ) {
    this.#request = request
    this.#client = client
    this.#record = record
    this.#forwarding = forwarding
    this.#world = world
    const statedMs = forwarding.statedTimes === 'heeded' ? statedTimeoutMs(request) : undefined
    const timeoutMs = Math.min(forwarding.timeoutMs, statedMs ?? Number.POSITIVE_INFINITY)
    this.#deadlineMs = record.startedMs + timeoutMs
    this.#cancelTimeout = world.clock.after(timeoutMs, () => this.#onTimeout())
    record.upstream = forwardLabel
  }

  /** Finds out where to go; the body waits until a connection is up. */
  begin(): void {
    this.#client.holdBody()
    const { form, authority = '' } = this.#request
    const target = parseForwardTarget(authority, form === 'authority' ? 443 : 80)
    if (target === undefined) {
      this.#answer(notAllowed('the host is neither a plain name nor a plain address'))
      return
    }
    const verdict = this.#forwarding.allow.checkTarget(target)
    if (verdict.ok) void this.#find(target)
    else this.#answer(notAllowed(verdict.why))
  }

  async #find({ host, port }: ForwardTarget): Promise<void> {
    this.#port = port
    const found = await this.#forwarding.lookup(host).catch((error: NodeJS.ErrnoException) => error)
    if (this.#stage !== 'finding') return
    if (found instanceof Error) {
      this.#answer({ ...outcomes.nameNotFound, what: `${host} cannot be looked up (${found.code ?? found.message})` })
      return
    }
    const refused = found.map((address) => this.#forwarding.allow.checkAddress(address)).find((verdict) => !verdict.ok)
    this.#addresses = found.filter((address) => this.#forwarding.allow.checkAddress(address).ok)
    if (this.#addresses.length === 0 && refused?.ok === false) this.#answer(notAllowed(refused.why))
    else this.#tryNext()
  }

  #tryNext(): void {
    const host = this.#addresses.shift()
    if (host === undefined) {
      this.#answer(outcomes.connectFailed)
      return
    }
    this.#stage = 'connecting'
    this.#attemptStartedMs = this.#world.clock.now()
    const endpoint = host.includes(':') ? `[${host}]:${this.#port}` : `${host}:${this.#port}`
    this.#attempt = { endpoint, reused: false, ms: 0 }
    this.#record.attempts.push(this.#attempt)
    const options = { ...this.#forwarding.connections, target: { host, port: this.#port } }
    this.#upstream = new ClientConnection(options, this, owner, this.#world.clock)
  }

  // From the upstream

  upstreamReady(connection: ClientConnection): void {
    if (this.#request.form === 'authority') {
      connection.beginTunnel()
      this.#beginTunnel(200)
      this.#client.releaseBody()
      this.#client.respondConnected()
      return
    }
    this.#stage = 'sent'
    const { framing, method, upgrade, authority = '' } = this.#request
    const what = { chunked: framing.kind === 'chunked', toHead: method === 'HEAD', offered: upgrade }
    const leftMs = this.#deadlineMs - this.#world.clock.now()
    const head = headWithin(this.#request, this.#forwarding.statedTimes, leftMs)
    connection.sendHead(requestHeadText(head, authority), what)
    if (framing.kind === 'none') {
      connection.sendEnd()
      connection.flush()
    }
    this.#client.releaseBody()
  }

  responseInterim(head: ResponseHead): void {
    this.#client.respondInterim(head)
  }

  responseHead(head: ResponseHead): void {
    this.#stage = 'answering'
    this.#answerHead = head
    this.#noteAnswer(head.status)
    this.#client.respondHead(head)
  }

  responseSwitched(head: ResponseHead): void {
    this.#beginTunnel(head.status)
    this.#client.respondSwitched(head)
  }

  responseBody(piece: Buffer): void {
    this.#record.responseBytes += piece.length
    this.#client.respondBody(piece)
  }

  responseTrailers(fields: string): void {
    this.#client.respondTrailers(fields)
  }

  responseFlush(): boolean {
    return this.#client.respondFlush()
  }

  responseEnd(): void {
    if (this.#stage !== 'tunnel') this.#end()
    this.#client.respondEnd()
  }

  upstreamWritable(): void {
    this.#client.releaseBody()
  }

  upstreamFailed(failure: ConnectionFailure): void {
    if (this.#stage === 'answering' || this.#stage === 'tunnel') {
      this.#breakOff(failureOutcome(failure))
      return
    }
    this.#endAttempt()
    if (this.#attempt !== undefined) this.#attempt.error = failureWord(failure)
    if (failure.kind === 'connect') this.#tryNext()
    else this.#answer(failureOutcome(failure))
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
    return this.#stage !== 'finding' && this.#stage !== 'connecting' && this.#upstream?.flush() === true
  }

  requestBroken(refusal: Refusal): void {
    this.#cancelAttempt()
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
    if (this.#stage === 'over') return
    this.#cancelAttempt()
    if (this.#stage !== 'tunnel') this.#record.status = 499
    this.#record.flags.push('DC')
    this.#end()
  }

  drainOver(): void {
    this.#breakOff(outcomes.drainOver)
  }

  // Endings

  #beginTunnel(status: number): void {
    this.#cancelTimeout()
    this.#stage = 'tunnel'
    this.#noteAnswer(status)
  }

  #noteAnswer(status: number): void {
    this.#record.answeredMs = this.#endAttempt()
    this.#record.status = status
    if (this.#attempt !== undefined) this.#attempt.status = status
  }

  #onTimeout(): void {
    if (this.#stage === 'answering') {
      if (!isEventStream(this.#answerHead)) this.#breakOff(outcomes.timeout)
      return
    }
    this.#upstream?.close()
    this.#endAttempt()
    if (this.#attempt !== undefined) this.#attempt.error = 'timeout'
    this.#answer(outcomes.timeout)
  }

  #answer(outcome: Outcome): void {
    const answer = this.#world.observer.ownAnswer(outcome, this.#record)
    this.#end()
    this.#client.respondWhole(answer.head, answer.body)
  }

  #breakOff({ flag, code, what }: Outcome): void {
    this.#upstream?.close()
    if (flag !== undefined) this.#record.flags.push(flag)
    this.#record.code = code
    this.#record.what = what
    this.#end()
    this.#client.cut()
  }

  /** Nobody needs its answer any more. */
  #cancelAttempt(): void {
    this.#upstream?.close()
    if (this.#attempt === undefined || this.#attempt.status !== undefined || this.#attempt.error !== undefined) return
    this.#endAttempt()
    this.#attempt.error = 'cancelled'
  }

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

function notAllowed(why: string): Outcome {
  return { ...outcomes.notAllowed, what: `${outcomes.notAllowed.what}: ${why}` }
}
