/**
 * One connection from a client: requests in, answers out, one after the other. `request-reader.ts` reads the
 * requests; here they are answered, and the connection is kept for the next one or comes to its end.
 *
 * The connection knows nothing of upstreams: it hands each request to a `RequestHandler` and writes what
 * it is told to.
 */
import type { Socket } from 'node:net'
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'
import { AnswerWriter } from './answer-writer.ts'
import { clientSocket } from './client-socket.ts'
import { meaningOfEnd, meaningOfSilence } from './connection-stage.ts'
import { IdleWatch } from './idle-watch.ts'
import { closeLingering } from './lingering-close.ts'
import { bodyTooSlow, type Refusal } from './refusal.ts'
import type { RequestEvents } from './request-events.ts'
import type { RequestHead } from './request-head.ts'
import { RequestReader, type RequestReaderOptions } from './request-reader.ts'
import type { ResponseHead } from './response-head.ts'
import type { ScratchBuffer } from './scratch-buffer.ts'
import { connectedHead, switchedHeadText } from './write-head.ts'

export interface ServerConnectionOptions extends RequestReaderOptions {
  /** What every connection reads into: a read is handled to its end before the next one. */
  readonly readBuffer: Buffer
  /** What every connection writes large pieces from. */
  readonly scratch: ScratchBuffer
  /** Milliseconds that a connection may stay open without a request. */
  readonly idleTimeoutMs: number
  /** Milliseconds without a byte in either direction, in a tunnel, in a body, or from a client that does not read. */
  readonly streamTimeoutMs: number
}

/** Decides what becomes of the requests of a connection. */
export interface RequestHandler {
  /** Called with each request in turn; it may answer before it returns. */
  onRequest(head: RequestHead, connection: ServerConnection): RequestEvents
  /** A request that never was one. Answer with `respondWhole`; the connection closes after it. */
  onRefusal(refusal: Refusal, connection: ServerConnection): void
  /** The socket is closed for good. */
  onClose(connection: ServerConnection): void
}

export class ServerConnection {
  readonly #socket: Socket
  readonly #handler: RequestHandler
  readonly #options: ServerConnectionOptions
  readonly #clock: Clock
  readonly #watch: IdleWatch
  readonly #reader: RequestReader
  readonly #answer: AnswerWriter

  #hasAnswerBegun = false
  #hasAnswerEnded = false
  #keepAlive = true
  #lastAnswer = false
  #closesWhenIdle = false
  #isToldToGo = false
  #cancelLingering: Cancel | undefined

  /** @param accepted by a server with `pauseOnConnect`, just now */
  constructor(accepted: Socket, handler: RequestHandler, options: ServerConnectionOptions, clock: Clock) {
    const socket = clientSocket(accepted, options.readBuffer, (bytes) => this.#reader.add(bytes))
    const watch = new IdleWatch(clock, lookEveryMs(options), (idleMs) => this.#onLook(idleMs))
    const events = {
      onRequest: (head: RequestHead) => this.#onRequest(head),
      onRefusal: (refusal: Refusal) => this.refuse(refusal),
      onEnd: (rest: 'none' | 'waiting') => this.#onInputEnd(rest),
    }
    this.#socket = socket
    this.#handler = handler
    this.#options = options
    this.#clock = clock
    this.#watch = watch
    this.#reader = new RequestReader(socket, options, events, { clock, watch })
    this.#answer = new AnswerWriter(socket, options.scratch)
    socket.on('drain', () => this.#onDrain())
    // The reason does not matter: 'close' always follows.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#onClose())
  }

  /** No request is in progress, and none has begun to arrive. */
  get isIdle(): boolean {
    return this.#reader.isIdle
  }

  // Requests, as they are read

  #onRequest(head: RequestHead): RequestEvents {
    this.#keepAlive = head.keepAlive
    this.#hasAnswerBegun = false
    return this.#handler.onRequest(head, this)
  }

  /** Takes no request, or no more: the handler answers, and the connection closes after it. */
  refuse(refusal: Refusal): void {
    this.#keepAlive = false
    this.#reader.refuse()
    this.#handler.onRefusal(refusal, this)
  }

  /** No body is handed over until `releaseBody`; what arrives waits, at last in the client. */
  holdBody(): void {
    this.#reader.holdBody()
  }

  releaseBody(): void {
    this.#reader.releaseBody()
  }

  // Answering

  /** Passes on a 1xx; clients of HTTP/1.0 do not know them. */
  respondInterim(head: ResponseHead): void {
    if (this.#reader.request?.minorVersion !== 1) return
    this.#answer.text(`${head.statusLine}${head.fields}\r\n`)
  }

  respondHead(head: ResponseHead): void {
    this.#beginAnswer()
    this.#answer.head(head, this.#reader.request as RequestHead, { keepAlive: this.#keepAlive })
  }

  #beginAnswer(): void {
    // An answer before the end of the request: what is left of it cannot be told from the next one.
    if (this.#reader.stage === 'body' || this.#lastAnswer) this.#keepAlive = false
    this.#hasAnswerBegun = true
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
    this.#answer.tunnel(head, protocol)
    this.#answer.flush()
    this.#reader.beginTunnel()
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

  #onDrain(): void {
    this.#watch.touch()
    if (this.#reader.stage === 'head') this.#reader.continue()
    else this.#reader.events?.clientWritable()
  }

  /** @param fields lines, each with its CRLF; dropped where the client gets no chunks */
  respondTrailers(fields: string): void {
    this.#answer.trailers(fields)
  }

  /** The answer is whole. In a tunnel: the upstream has closed its side; what the client still sends goes on. */
  respondEnd(): void {
    if (this.#reader.stage === 'tunnel') {
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
    this.#beginAnswer()
    this.#answer.text(`${head}${this.#keepAlive ? '' : 'connection: close\r\n'}\r\n`)
    if (this.#reader.request?.method !== 'HEAD') this.#answer.text(body)
    this.#finish()
  }

  #finish(): void {
    this.#answer.flush()
    this.#watch.touch()
    if (this.#keepAlive) {
      this.#reader.next()
      if (this.#closesWhenIdle) this.closeWhenIdle()
    } else {
      this.#reader.stop()
      this.#cancelLingering = closeLingering(this.#socket, this.#clock)
    }
  }

  // Waiting too long

  #onLook(idleMs: number): number {
    const { idleTimeoutMs, streamTimeoutMs } = this.#options
    const isUnused = this.isIdle && !this.#socket.writableNeedDrain
    const limitMs = isUnused ? idleTimeoutMs : streamTimeoutMs
    const everyMs = lookEveryMs(this.#options)
    if (idleMs < limitMs) return Math.min(limitMs - idleMs, everyMs)
    this.#onIdle()
    return everyMs
  }

  #onIdle(): void {
    const { stage, isBodyHeld, events } = this.#reader
    switch (meaningOfSilence(stage, { hasAnswerBegun: this.#hasAnswerBegun, isBodyHeld })) {
      case 'drop':
        this.#socket.destroy()
        break
      case 'slow_body':
        events?.requestBroken(bodyTooSlow('a body of which nothing came any more'))
        break
      case 'tell':
        events?.streamIdle()
        break
      case 'wait':
        break
    }
  }

  // Closing

  #onInputEnd(rest: 'none' | 'waiting'): void {
    const { stage, request, events } = this.#reader
    switch (meaningOfEnd(stage, request?.minorVersion, rest)) {
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
        events?.requestEnd()
        break
      case 'later':
        break
    }
  }

  /** The next answer is the last one, and says so. */
  closeAfterAnswer(): void {
    this.#lastAnswer = true
  }

  /** Closes now, or after the answer in progress: then no answer is on its way to the client, and no whole request from it. */
  closeWhenIdle(): void {
    this.#closesWhenIdle = true
    // Of a head that is not complete nobody knows whether it ever will be; the client can send it anywhere else.
    if (!this.#reader.isFree) return
    this.#reader.stop()
    this.#socket.destroySoon()
  }

  /** Breaks the connection off: the client must see that its answer is not whole. Who was answering it hears `clientGone`. */
  cut(): void {
    const { events } = this.#reader
    this.#reader.stop()
    // What the kernel has not taken would have to wait for a client that does not read.
    if (this.#isToldToGo && this.#socket.writableLength === 0) this.#socket.destroySoon()
    // A unix socket knows no reset, and has no family.
    else if (this.#socket.remoteFamily === undefined) this.#socket.destroy()
    else this.#socket.resetAndDestroy()
    events?.clientGone()
  }

  /** As `cut`, but it is the ambassador that gives up: who was answering hears `drainOver`, and a WebSocket is closed in order. */
  cutAtDrainEnd(): void {
    const { stage, events } = this.#reader
    // A reset would overtake the last answer, and beside a shutdown it fails with EINVAL: the socket would never close.
    const isAnswered = stage === 'closing'
    this.#isToldToGo = isAnswered || (stage === 'tunnel' && !this.#hasAnswerEnded && this.#answer.goAway())
    this.#reader.stop()
    events?.drainOver()
    this.cut()
  }

  #onClose(): void {
    const { stage, events, hasEnded } = this.#reader
    const isTunnelOver = stage === 'tunnel' && hasEnded && this.#hasAnswerEnded
    this.#reader.stop()
    this.#cancelLingering?.()
    this.#watch.stop()
    if (isTunnelOver) events?.tunnelEnd()
    else events?.clientGone()
    this.#handler.onClose(this)
  }
}

function lookEveryMs({ idleTimeoutMs, streamTimeoutMs }: ServerConnectionOptions): number {
  return Math.min(idleTimeoutMs, streamTimeoutMs)
}
