/**
 * A request to a place that no upstream of the configuration names: a whole URL, or a CONNECT, on a listener
 * that is a forward proxy. The name is looked up once, each address is held against the allow-list, and
 * the connection goes to an address that was allowed, never to the name again. One connection carries one
 * request; there are no retries but to the next address of a name, as long as none has accepted.
 *
 *   finding -> connecting -> sent         and then as in `client-exchange.ts`
 *              connecting -> tunnel       a CONNECT
 */
import { ClientConnection, type ClientConnectionOptions } from '../../http1/client-connection.ts'
import type { RequestEvents } from '../../http1/request-events.ts'
import type { RequestHead } from '../../http1/request-head.ts'
import type { ConnectionFailure, ConnectionOwner, ResponseEvents } from '../../http1/response-events.ts'
import type { ResponseHead } from '../../http1/response-head.ts'
import { requestHeadText } from '../../http1/write-head.ts'
import { type Outcome, outcomes } from '../../observe/outcome.ts'
import type { AttemptRecord } from '../../observe/request-record.ts'
import {
  ClientExchange,
  type ClientExchangeWorld,
  type ExchangeSubject,
  type ExchangeTime,
} from '../../resilience/client-exchange.ts'
import { failureOutcome, failureWord } from '../../resilience/failure-outcome.ts'
import { headWithin } from '../../resilience/outgoing-request.ts'
import { type AllowList, type ForwardTarget, parseForwardTarget } from './allow-list.ts'
import { forwardLabel } from './forward-label.ts'

/** What a listener needs to be a forward proxy. */
export interface Forwarding extends ExchangeTime {
  readonly allow: AllowList
  /** All addresses of a name, IPv4 or IPv6. @throws with a `code` when there are none */
  readonly lookup: (host: string) => Promise<readonly string[]>
  readonly connections: Omit<ClientConnectionOptions, 'target'>
}

/** The search for a place to connect to, until the request is there. */
type Step = 'finding' | 'connecting' | 'sent'

/** Nobody's pool: what has carried one request is closed. */
const owner: ConnectionOwner = { onReusable: (connection) => connection.close(), onClosed: () => undefined }

export class ForwardExchange extends ClientExchange implements RequestEvents, ResponseEvents {
  readonly #request: RequestHead
  readonly #forwarding: Forwarding
  #step: Step = 'finding'
  #addresses: string[] = []
  #port = 0
  #upstream: ClientConnection | undefined
  #attempt: AttemptRecord | undefined
  #attemptStartedMs = 0
  #isRequestWhole: boolean
  /** The upstream takes no more of the body for now. */
  #isBodyHeld = false

  constructor(subject: ExchangeSubject, forwarding: Forwarding, world: ClientExchangeWorld) {
    super(subject, forwarding, world)
    this.#request = subject.request
    this.#forwarding = forwarding
    this.#isRequestWhole = subject.request.framing.kind === 'none'
    this.record.upstream = forwardLabel
  }

  /** Finds out where to go; the body waits until a connection is up. */
  begin(): void {
    this.client.holdBody()
    const { form, authority = '' } = this.#request
    const target = parseForwardTarget(authority, form === 'authority' ? 443 : 80)
    if (target === undefined) {
      this.answerInstead(notAllowed('the host is neither a plain name nor a plain address'))
      return
    }
    const verdict = this.#forwarding.allow.checkTarget(target)
    if (verdict.ok) void this.#find(target)
    else this.answerInstead(notAllowed(verdict.why))
  }

  async #find({ host, port }: ForwardTarget): Promise<void> {
    this.#port = port
    const found = await this.#forwarding.lookup(host).catch((error: NodeJS.ErrnoException) => error)
    if (this.stage !== 'asking') return
    if (found instanceof Error) {
      this.answerInstead({
        ...outcomes.nameNotFound,
        what: `${host} cannot be looked up (${found.code ?? found.message})`,
      })
      return
    }
    const refused = found.map((address) => this.#forwarding.allow.checkAddress(address)).find((verdict) => !verdict.ok)
    this.#addresses = found.filter((address) => this.#forwarding.allow.checkAddress(address).ok)
    if (this.#addresses.length === 0 && refused?.ok === false) this.answerInstead(notAllowed(refused.why))
    else this.#tryNext()
  }

  #tryNext(): void {
    const host = this.#addresses.shift()
    if (host === undefined) {
      this.answerInstead(outcomes.connectFailed)
      return
    }
    this.#step = 'connecting'
    this.#attemptStartedMs = this.clock.now()
    const endpoint = host.includes(':') ? `[${host}]:${this.#port}` : `${host}:${this.#port}`
    this.#attempt = { endpoint, reused: false, ms: 0 }
    this.record.attempts.push(this.#attempt)
    const options = { ...this.#forwarding.connections, target: { host, port: this.#port } }
    this.#upstream = new ClientConnection(options, this, owner, this.clock)
  }

  // From the upstream

  upstreamReady(connection: ClientConnection): void {
    if (this.#request.form === 'authority') {
      connection.beginTunnel()
      this.#noteAttempt(200)
      this.beginTunnel(200)
      this.client.releaseBody()
      this.client.respondConnected()
      return
    }
    this.#step = 'sent'
    const { framing, method, upgrade, authority = '' } = this.#request
    const what = { chunked: framing.kind === 'chunked', toHead: method === 'HEAD', offered: upgrade }
    const leftMs = this.deadlineMs - this.clock.now()
    const head = headWithin(this.#request, this.#forwarding.statedTimes, leftMs)
    connection.sendHead(requestHeadText(head, authority), what)
    if (framing.kind === 'none') {
      connection.sendEnd()
      connection.flush()
    }
    this.client.releaseBody()
  }

  responseInterim(head: ResponseHead): void {
    this.client.respondInterim(head)
  }

  responseHead(head: ResponseHead): void {
    this.#noteAttempt(head.status)
    this.answer(head)
  }

  responseSwitched(head: ResponseHead): void {
    this.#noteAttempt(head.status)
    this.beginTunnel(head.status)
    this.client.respondSwitched(head)
  }

  responseBody(piece: Buffer): void {
    this.answerBody(piece)
  }

  responseTrailers(fields: string): void {
    this.answerTrailers(fields)
  }

  responseFlush(): boolean {
    return this.answerFlush()
  }

  responseEnd(): void {
    if (this.stage !== 'tunnel') this.end()
    this.client.respondEnd()
  }

  upstreamWritable(): void {
    this.#isBodyHeld = false
    this.client.releaseBody()
  }

  upstreamFailed(failure: ConnectionFailure): void {
    if (this.stage === 'answering' || this.stage === 'tunnel') {
      this.breakOff(failureOutcome(failure))
      return
    }
    this.#endAttempt()
    if (this.#attempt !== undefined) this.#attempt.error = failureWord(failure)
    if (failure.kind === 'connect') this.#tryNext()
    else this.answerInstead(failureOutcome(failure))
  }

  // From the client

  requestBody(piece: Buffer): void {
    this.record.requestBytes += piece.length
    this.#upstream?.sendBody(piece)
  }

  requestTrailers(fields: string): void {
    this.#upstream?.sendTrailers(fields)
  }

  requestEnd(): void {
    this.#isRequestWhole = true
    this.#upstream?.sendEnd()
    this.#upstream?.flush()
  }

  requestFlush(): boolean {
    const isUp = this.#step === 'sent' || this.stage === 'tunnel'
    this.#isBodyHeld = !isUp || this.#upstream?.flush() !== true
    return !this.#isBodyHeld
  }

  clientWritable(): void {
    this.#upstream?.resume()
  }

  tunnelEnd(): void {
    this.end()
  }

  // Ending

  protected get isBodyLate(): boolean {
    return this.#step === 'sent' && !this.#isRequestWhole && !this.#isBodyHeld
  }

  protected cancelUpstream(): void {
    this.#giveUp('cancelled')
  }

  protected expireUpstream(): void {
    this.#giveUp('timeout')
    this.answerInstead(outcomes.timeout)
  }

  protected endUpstream(): void {
    // One connection carries one request: it ends with its answer, or was given up before.
  }

  #giveUp(error: 'cancelled' | 'timeout'): void {
    this.#upstream?.close()
    if (this.#attempt === undefined || this.#attempt.status !== undefined || this.#attempt.error !== undefined) return
    this.#endAttempt()
    this.#attempt.error = error
  }

  #noteAttempt(status: number): void {
    this.#endAttempt()
    if (this.#attempt !== undefined) this.#attempt.status = status
  }

  #endAttempt(): void {
    if (this.#attempt === undefined) return
    this.#attempt.ms = Math.round((this.clock.now() - this.#attemptStartedMs) * 10) / 10
  }
}

function notAllowed(why: string): Outcome {
  return { ...outcomes.notAllowed, what: `${outcomes.notAllowed.what}: ${why}` }
}
