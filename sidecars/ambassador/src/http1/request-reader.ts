/**
 * What a client sends, as requests: one after the other, and none before the one before it has its answer, so the
 * order needs no bookkeeping. What comes too early waits here, and beyond 16 KiB in the kernel.
 *
 *   head -> body -> answer -> head ...            or -> closing, from any of them
 *                   answer -> tunnel -> closing
 *
 * Reads only: it neither writes nor closes, and the connection that it reads for says when a request is answered.
 */
import type { Socket } from 'node:net'
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'
import { type BodyReader, bodyReader } from './body-reader.ts'
import type { Stage } from './connection-stage.ts'
import { HeadCollector } from './head-collector.ts'
import { HeldInput } from './held-input.ts'
import type { IdleWatch } from './idle-watch.ts'
import type { MessageLimits } from './message-limits.ts'
import { headTooSlow, type Refusal } from './refusal.ts'
import type { RequestEvents } from './request-events.ts'
import { type RequestHead, readRequestHead } from './request-head.ts'
import type { TargetPolicy } from './request-target.ts'

export interface RequestReaderOptions {
  readonly limits: MessageLimits
  /** `forward` takes whole URLs and CONNECT too. */
  readonly targets: TargetPolicy
  /** Milliseconds from the first byte of a head to its last. */
  readonly headTimeoutMs: number
}

/** What the connection hears; of what follows a head hears the one who answers it. */
export interface ReaderEvents {
  /** A request begins; it may be answered before this returns. @returns who hears of the rest of it */
  readonly onRequest: (head: RequestHead) => RequestEvents
  /** A request that never was one. */
  readonly onRefusal: (refusal: Refusal) => void
  /** The client has closed its side. Told again with `none` when what waits has been taken. */
  readonly onEnd: (rest: 'none' | 'waiting') => void
}

export class RequestReader {
  readonly #socket: Socket
  readonly #options: RequestReaderOptions
  readonly #owner: ReaderEvents
  readonly #clock: Clock
  readonly #watch: IdleWatch
  readonly #input: HeldInput
  readonly #heads: HeadCollector
  readonly #takePiece: (piece: Buffer) => void

  #stage: Stage = 'head'
  #request: RequestHead | undefined
  #events: RequestEvents | undefined
  #body: BodyReader | undefined
  #isBodyHeld = false
  #cancelHeadTimer: Cancel | undefined

  /** @param watch is told of all that moves */
  constructor(
    socket: Socket,
    options: RequestReaderOptions,
    owner: ReaderEvents,
    { clock, watch }: { readonly clock: Clock; readonly watch: IdleWatch },
  ) {
    this.#socket = socket
    this.#options = options
    this.#owner = owner
    this.#clock = clock
    this.#watch = watch
    this.#heads = new HeadCollector(options.limits.headBytesMax)
    this.#takePiece = (piece) => this.#events?.requestBody(piece)
    this.#input = new HeldInput(socket, {
      take: (bytes) => this.#take(bytes),
      onTaken: () => this.#onTaken(),
      onEnd: owner.onEnd,
    })
  }

  get stage(): Stage {
    return this.#stage
  }

  /** The request in progress. */
  get request(): RequestHead | undefined {
    return this.#request
  }

  /** Who answers it. */
  get events(): RequestEvents | undefined {
    return this.#events
  }

  get isBodyHeld(): boolean {
    return this.#isBodyHeld
  }

  /** No request is in progress, and none waits; a head may have begun to arrive. */
  get isFree(): boolean {
    return this.#stage === 'head' && !this.#input.isWaiting
  }

  /** As `isFree`, and no head has begun to arrive. */
  get isIdle(): boolean {
    return this.isFree && !this.#heads.isPartial
  }

  /** The client has closed its side; something of what it sent may be left. */
  get hasEnded(): boolean {
    return this.#input.hasEnded
  }

  // Reading

  /** @param bytes read from the socket; copied if they must wait */
  add(bytes: Buffer): void {
    this.#input.add(bytes)
  }

  /** Takes up what had to wait. */
  continue(): void {
    this.#input.continue()
  }

  /** Works through what was read, message by message, until it is used up or must wait. */
  #take(bytes: Buffer): number {
    let at = 0
    while (at < bytes.length) {
      if (this.#stage === 'head' && this.#mayBegin) at = this.#readHead(bytes, at)
      else if (this.#stage === 'body' && !this.#isBodyHeld) at = this.#readBody(bytes, at)
      else if (this.#stage === 'tunnel' && !this.#isBodyHeld) at = this.#readTunnel(bytes, at)
      else return this.#stage === 'closing' ? bytes.length : at
    }
    return at
  }

  /** A client that sends requests and reads no answers must not fill memory with them: the next one waits for `drain`. */
  get #mayBegin(): boolean {
    return !this.#socket.writableNeedDrain
  }

  #onTaken(): void {
    if (this.#stage === 'head' && this.#heads.isPartial) this.#expectHead()
    if (this.#stage !== 'body' && this.#stage !== 'tunnel') return
    this.#watch.touch()
    if (this.#events?.requestFlush() === false) this.#isBodyHeld = true
  }

  /** A client that sends its head too slowly holds a connection for nothing. */
  #expectHead(): void {
    const ms = this.#options.headTimeoutMs
    this.#cancelHeadTimer ??= this.#clock.after(ms, () =>
      this.#owner.onRefusal(headTooSlow(`a head that was not complete after ${ms} ms`)),
    )
  }

  #stopHeadTimer(): void {
    this.#cancelHeadTimer?.()
    this.#cancelHeadTimer = undefined
  }

  #readHead(bytes: Buffer, from: number): number {
    const text = this.#heads.take(bytes, from)
    if (text === undefined) return bytes.length
    this.#stopHeadTimer()
    const { limits, targets } = this.#options
    const head = typeof text === 'string' ? readRequestHead(text, limits, targets) : text
    if (head.ok) this.#begin(head)
    else this.#owner.onRefusal(head)
    return this.#heads.end
  }

  #begin(head: RequestHead): void {
    this.#watch.touch()
    this.#request = head
    this.#body = head.framing.kind === 'none' ? undefined : bodyReader(head.framing, this.#options.limits)
    this.#stage = this.#body === undefined ? 'answer' : 'body'
    const events = this.#owner.onRequest(head)
    // It may have been answered already; then this is over.
    if (this.#request === head) this.#events = events
  }

  #readBody(bytes: Buffer, from: number): number {
    const body = this.#body as BodyReader
    const events = this.#events as RequestEvents
    const at = body.read(bytes, from, this.#takePiece)
    if (this.#stage !== 'body') return at
    if (body.refusal !== undefined) {
      events.requestBroken(body.refusal)
      return bytes.length
    }
    if (body.isDone) {
      this.#stage = 'answer'
      if (body.trailers !== '') events.requestTrailers(body.trailers)
      events.requestEnd()
    }
    return at
  }

  #readTunnel(bytes: Buffer, from: number): number {
    this.#events?.requestBody(from === 0 ? bytes : bytes.subarray(from))
    return bytes.length
  }

  /** No body is handed over until `releaseBody`; what arrives waits, at last in the client. */
  holdBody(): void {
    this.#isBodyHeld = true
  }

  releaseBody(): void {
    this.#isBodyHeld = false
    this.#input.continue()
  }

  // What comes next, as the connection says

  /** Takes no request, or no more: what comes waits for an answer to what was refused. */
  refuse(): void {
    this.#stage = 'answer'
  }

  /** The request has its answer; the next one is due. */
  next(): void {
    this.#forget()
    this.#stage = 'head'
    this.#input.continue()
  }

  /** From here on `requestBody` carries raw bytes. */
  beginTunnel(): void {
    this.#stage = 'tunnel'
    this.#input.continue()
  }

  /** Nothing of what the client says counts any more. Harmless afterwards. */
  stop(): void {
    this.#forget()
    this.#stage = 'closing'
    this.#stopHeadTimer()
    this.#input.drop()
  }

  #forget(): void {
    this.#request = undefined
    this.#events = undefined
    this.#isBodyHeld = false
  }
}
