/**
 * One connection from a client: requests in, answers out, one after the other. Pipelined requests wait
 * here, and beyond 16 KiB in the kernel, until the one before them has its answer, so the order needs no bookkeeping.
 *
 *   head -> body -> answer -> head ...            or -> closing, from any of them
 *                   answer -> tunnel -> closing
 *
 * The connection knows nothing of upstreams: it hands each request to a `RequestHandler` and writes what
 * it is told to.
 */
import type { Socket } from 'node:net'
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'
import { AnswerWriter } from './answer-writer.ts'
import { type BodyReader, bodyReader } from './body-reader.ts'
import { clientSocket } from './client-socket.ts'
import { meaningOfEnd, meaningOfSilence, type Stage } from './connection-stage.ts'
import { HeadCollector } from './head-collector.ts'
import { HeldInput } from './held-input.ts'
import { IdleWatch } from './idle-watch.ts'
import { closeLingering } from './lingering-close.ts'
import type { MessageLimits } from './message-limits.ts'
import { bodyTooSlow, headTooSlow, type Refusal } from './refusal.ts'
import type { RequestEvents, RequestHandler } from './request-events.ts'
import { type RequestHead, readRequestHead } from './request-head.ts'
import type { TargetPolicy } from './request-target.ts'
import type { ResponseHead } from './response-head.ts'
import type { ScratchBuffer } from './scratch-buffer.ts'
import { connectedHead, switchedHeadText } from './write-head.ts'

export interface ServerConnectionOptions {
  readonly limits: MessageLimits
  /** `forward` takes whole URLs and CONNECT too. */
  readonly targets: TargetPolicy
  /** What every connection reads into: a read is handled to its end before the next one. */
  readonly readBuffer: Buffer
  /** What every connection writes large pieces from. */
  readonly scratch: ScratchBuffer
  /** Milliseconds from the first byte of a head to its last. */
  readonly headTimeoutMs: number
  /** Milliseconds that a connection may stay open without a request. */
  readonly idleTimeoutMs: number
  /** Milliseconds without a byte in either direction, in a tunnel, in a body, or from a client that does not read. */
  readonly streamTimeoutMs: number
}

export class ServerConnection {
  readonly #socket: Socket
  readonly #handler: RequestHandler
  readonly #options: ServerConnectionOptions
  readonly #clock: Clock
  readonly #answer: AnswerWriter
  readonly #input: HeldInput
  readonly #heads: HeadCollector
  readonly #watch: IdleWatch
  readonly #takePiece: (piece: Buffer) => void

  #stage: Stage = 'head'
  #events: RequestEvents | undefined
  #request: RequestHead | undefined
  #body: BodyReader | undefined
  #bodyHeld = false
  #hasAnswerBegun = false
  #hasAnswerEnded = false
  #keepAlive = true
  #lastAnswer = false
  #closesWhenIdle = false
  #isToldToGo = false
  #cancelTimer: Cancel | undefined

  /** @param accepted by a server with `pauseOnConnect`, just now */
  constructor(accepted: Socket, handler: RequestHandler, options: ServerConnectionOptions, clock: Clock) {
    const socket = clientSocket(accepted, options.readBuffer, (bytes) => this.#input.add(bytes))
    this.#socket = socket
    this.#handler = handler
    this.#options = options
    this.#clock = clock
    this.#answer = new AnswerWriter(socket, options.scratch)
    this.#heads = new HeadCollector(options.limits.headBytesMax)
    this.#takePiece = (piece) => this.#events?.requestBody(piece)
    this.#watch = new IdleWatch(clock, this.#lookEveryMs, (idleMs) => this.#onLook(idleMs))
    this.#input = new HeldInput(socket, {
      take: (bytes) => this.#take(bytes),
      onTaken: () => this.#onTaken(),
      onEnd: (rest) => this.#onInputEnd(rest),
    })
    socket.on('drain', () => this.#onDrain())
    // The reason does not matter: 'close' always follows.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#onClose())
  }

  /** No request is in progress, and none has begun to arrive. */
  get isIdle(): boolean {
    return this.#stage === 'head' && !this.#heads.isPartial && !this.#input.isWaiting
  }

  // Reading

  /** Works through what was read, message by message, until it is used up or must wait. */
  #take(bytes: Buffer): number {
    let at = 0
    while (at < bytes.length) {
      if (this.#stage === 'head' && this.#mayBegin) at = this.#readHead(bytes, at)
      else if (this.#stage === 'body' && !this.#bodyHeld) at = this.#readBody(bytes, at)
      else if (this.#stage === 'tunnel' && !this.#bodyHeld) at = this.#readTunnel(bytes, at)
      else return this.#stage === 'closing' ? bytes.length : at
    }
    return at
  }

  #onTaken(): void {
    if (this.#stage === 'head' && this.#heads.isPartial) this.#expectHead()
    this.#flushRequest()
  }

  /** A client that sends requests and reads no answers must not fill memory with them: the next one waits for `drain`. */
  get #mayBegin(): boolean {
    return !this.#socket.writableNeedDrain
  }

  #onDrain(): void {
    this.#watch.touch()
    if (this.#stage === 'head') this.#input.continue()
    else this.#events?.clientWritable()
  }

  #flushRequest(): void {
    if (this.#stage !== 'body' && this.#stage !== 'tunnel') return
    this.#watch.touch()
    if (this.#events?.requestFlush() === false) this.#bodyHeld = true
  }

  #readHead(bytes: Buffer, from: number): number {
    const text = this.#heads.take(bytes, from)
    if (text === undefined) return bytes.length
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const { limits, targets } = this.#options
    const head = typeof text === 'string' ? readRequestHead(text, limits, targets) : text
    if (head.ok) this.#begin(head)
    else this.refuse(head)
    return this.#heads.end
  }

  #begin(head: RequestHead): void {
    this.#watch.touch()
    this.#request = head
    this.#keepAlive = head.keepAlive
    this.#hasAnswerBegun = false
    this.#body = head.framing.kind === 'none' ? undefined : bodyReader(head.framing, this.#options.limits)
    this.#stage = this.#body === undefined ? 'answer' : 'body'
    const events = this.#handler.onRequest(head, this)
    // It may have been answered already; then this is over.
    if (this.#request === head) this.#events = events
  }

  #readBody(bytes: Buffer, from: number): number {
    const body = this.#body as BodyReader
    const events = this.#events as RequestEvents
    const at = body.read(bytes, from, this.#takePiece)
    if (this.#stage !== 'body') return at
    if (body.refusal !== undefined) {
      this.#breakBody(body.refusal)
      return bytes.length
    }
    if (body.isDone) {
      this.#stage = 'answer'
      if (body.trailers !== '') events.requestTrailers(body.trailers)
      events.requestEnd()
    }
    return at
  }

  #breakBody(refusal: Refusal): void {
    this.#keepAlive = false
    this.#events?.requestBroken(refusal)
  }

  #readTunnel(bytes: Buffer, from: number): number {
    this.#events?.requestBody(from === 0 ? bytes : bytes.subarray(from))
    return bytes.length
  }

  /** Takes no request, or no more: the handler answers, and the connection closes after it. */
  refuse(refusal: Refusal): void {
    this.#keepAlive = false
    this.#stage = 'answer'
    this.#handler.onRefusal(refusal, this)
  }

  /** A client that sends its head too slowly holds a connection for nothing. */
  #expectHead(): void {
    const ms = this.#options.headTimeoutMs
    this.#cancelTimer ??= this.#clock.after(ms, () =>
      this.refuse(headTooSlow(`a head that was not complete after ${ms} ms`)),
    )
  }

  #onInputEnd(rest: 'none' | 'waiting'): void {
    switch (meaningOfEnd(this.#stage, this.#request?.minorVersion, rest)) {
      case 'gone':
        this.#socket.destroy()
        break
      case 'close':
        this.#socket.end()
        break
      case 'last_answer':
        this.#keepAlive = false
        break
      case 'half_closed':
        this.#events?.requestEnd()
        break
      case 'later':
        break
    }
  }

  #onClose(): void {
    const isTunnelOver = this.#stage === 'tunnel' && this.#input.hasEnded && this.#hasAnswerEnded
    this.#stage = 'closing'
    this.#cancelTimer?.()
    this.#watch.stop()
    const events = this.#events
    this.#events = undefined
    this.#request = undefined
    if (isTunnelOver) events?.tunnelEnd()
    else events?.clientGone()
    this.#handler.onClose(this)
  }

  // Request body, as told by whoever answers

  /** No body is handed over until `releaseBody`; what arrives waits, at last in the client. */
  holdBody(): void {
    this.#bodyHeld = true
  }

  releaseBody(): void {
    this.#bodyHeld = false
    this.#input.continue()
  }

  // Answering

  /** Passes on a 1xx; clients of HTTP/1.0 do not know them. */
  respondInterim(head: ResponseHead): void {
    if (this.#request?.minorVersion !== 1) return
    this.#answer.text(`${head.statusLine}${head.fields}\r\n`)
  }

  respondHead(head: ResponseHead): void {
    // An answer before the end of the request: what is left of it cannot be told from the next one.
    if (this.#stage === 'body' || this.#lastAnswer) this.#keepAlive = false
    this.#hasAnswerBegun = true
    this.#answer.head(head, this.#request as RequestHead, { keepAlive: this.#keepAlive })
  }

  /** Passes on a 101. From here on `requestBody` and `respondBody` carry raw bytes, until `requestEnd` and `respondEnd`. */
  respondSwitched(head: ResponseHead): void {
    this.#beginTunnel(switchedHeadText(head), head.upgrade)
  }

  /** Says to a CONNECT that its tunnel is open; then as after `respondSwitched`. */
  respondConnected(): void {
    this.#beginTunnel(connectedHead, undefined)
  }

  #beginTunnel(head: string, protocol: string | undefined): void {
    this.#keepAlive = false
    this.#stage = 'tunnel'
    this.#answer.tunnel(head, protocol)
    this.#answer.flush()
    this.#input.continue()
  }

  /** @param piece copied */
  respondBody(piece: Buffer): void {
    this.#answer.body(piece)
  }

  /** Sends what was gathered. @returns false when the client takes less than it is given: wait for `clientWritable` */
  respondFlush(): boolean {
    this.#watch.touch()
    return this.#answer.flush()
  }

  /** @param fields lines, each with its CRLF; dropped where the client gets no chunks */
  respondTrailers(fields: string): void {
    this.#answer.trailers(fields)
  }

  /** The answer is whole. In a tunnel: the upstream has closed its side; what the client still sends goes on. */
  respondEnd(): void {
    if (this.#stage === 'tunnel') {
      this.#answer.flush()
      this.#hasAnswerEnded = true
      this.#socket.end()
      return
    }
    this.#answer.end()
    this.#finish()
  }

  /** Answers with a complete message, in place of everything above. @param body latin1, left out for HEAD */
  respondWhole(head: string, body: string): void {
    if (this.#stage === 'body' || this.#lastAnswer) this.#keepAlive = false
    this.#answer.text(`${head}${this.#keepAlive ? '' : 'connection: close\r\n'}\r\n`)
    if (this.#request?.method !== 'HEAD') this.#answer.text(body)
    this.#finish()
  }

  #finish(): void {
    this.#answer.flush()
    this.#watch.touch()
    this.#request = undefined
    this.#events = undefined
    this.#bodyHeld = false
    if (this.#keepAlive) {
      this.#stage = 'head'
      this.#input.continue()
      if (this.#closesWhenIdle) this.closeWhenIdle()
    } else this.#close()
  }

  // Waiting too long

  get #lookEveryMs(): number {
    return Math.min(this.#options.idleTimeoutMs, this.#options.streamTimeoutMs)
  }

  #onLook(idleMs: number): number {
    const { idleTimeoutMs, streamTimeoutMs } = this.#options
    const limitMs = this.isIdle && this.#mayBegin ? idleTimeoutMs : streamTimeoutMs
    if (idleMs < limitMs) return Math.min(limitMs - idleMs, this.#lookEveryMs)
    this.#onIdle()
    return this.#lookEveryMs
  }

  #onIdle(): void {
    const facts = { hasAnswerBegun: this.#hasAnswerBegun, isBodyHeld: this.#bodyHeld }
    switch (meaningOfSilence(this.#stage, facts)) {
      case 'drop':
        this.#socket.destroy()
        break
      case 'slow_body':
        this.#breakBody(bodyTooSlow('a body of which nothing came any more'))
        break
      case 'tell':
        this.#events?.streamIdle()
        break
      case 'wait':
        break
    }
  }

  // Closing

  /** The next answer is the last one, and says so. */
  closeAfterAnswer(): void {
    this.#lastAnswer = true
  }

  /** Closes now, or after the answer in progress: then no answer is on its way to the client, and no whole request from it. */
  closeWhenIdle(): void {
    this.#closesWhenIdle = true
    // Of a head that is not complete nobody knows whether it ever will be; the client can send it anywhere else.
    if (this.#stage !== 'head' || this.#input.isWaiting) return
    this.#cancelTimer?.()
    this.#stage = 'closing'
    this.#socket.destroySoon()
  }

  /** Breaks the connection off: the client must see that its answer is not whole. Who was answering it hears `clientGone`. */
  cut(): void {
    const events = this.#events
    this.#stage = 'closing'
    this.#events = undefined
    // What the kernel has not taken would have to wait for a client that does not read.
    if (this.#isToldToGo && this.#socket.writableLength === 0) this.#socket.destroySoon()
    // A unix socket knows no reset, and has no family.
    else if (this.#socket.remoteFamily === undefined) this.#socket.destroy()
    else this.#socket.resetAndDestroy()
    events?.clientGone()
  }

  /** As `cut`, but it is the ambassador that gives up: who was answering hears `drainOver`, and a WebSocket is closed in order. */
  cutAtDrainEnd(): void {
    // A reset would overtake the last answer, and beside a shutdown it fails with EINVAL: the socket would never close.
    const isAnswered = this.#stage === 'closing'
    this.#isToldToGo = isAnswered || (this.#stage === 'tunnel' && !this.#hasAnswerEnded && this.#answer.goAway())
    const events = this.#events
    this.#events = undefined
    events?.drainOver()
    this.cut()
  }

  #close(): void {
    this.#stage = 'closing'
    this.#input.drop()
    this.#cancelTimer = closeLingering(this.#socket, this.#clock)
  }
}
