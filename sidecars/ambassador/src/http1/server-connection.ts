/**
 * One connection from a client: requests in, answers out, one after the other. Pipelined requests wait
 * in the kernel until the one before them has its answer, so the order needs no bookkeeping.
 *
 *   head -> body -> answer -> head ...            or -> closing, from any of them
 *
 * The connection knows nothing of upstreams: it hands each request to a `RequestHandler` and writes what
 * it is told to.
 */
import type { Socket } from 'node:net'
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'
import { type BodyReader, bodyReader } from './body-reader.ts'
import { HeadCollector } from './head-collector.ts'
import type { MessageLimits } from './message-limits.ts'
import { headTooSlow, type Refusal } from './refusal.ts'
import { type RequestHead, readRequestHead } from './request-head.ts'
import type { ResponseHead } from './response-head.ts'
import { WriteBatch } from './write-batch.ts'
import { type ClientFraming, chunkEnd, chunkStart, chunksEnd, clientFraming, responseHeadText } from './write-head.ts'

/** What the connection tells about the request in progress, to whoever answers it. */
export interface RequestEvents {
  /** A piece of the body; copy it or write it before returning. */
  requestBody(piece: Buffer): void
  requestEnd(): void
  /** All that one read brought has been handed over. @returns false to get no more body until `releaseBody` */
  requestFlush(): boolean
  /** The body broke the rules; no more of it will come. */
  requestBroken(refusal: Refusal): void
  /** The client took what was written; go on writing. */
  clientWritable(): void
  /** The client has closed; nobody reads the answer. Nothing else is told after this. */
  clientGone(): void
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

export interface ServerConnectionOptions {
  readonly limits: MessageLimits
  /** Milliseconds from the first byte of a head to its last. */
  readonly headTimeoutMs: number
}

/** After the last answer, what the client still sends is read and dropped for this long, so that no reset overtakes it. */
const lingerMs = 1000

type Stage = 'head' | 'body' | 'answer' | 'closing'

export class ServerConnection {
  readonly #socket: Socket
  readonly #handler: RequestHandler
  readonly #options: ServerConnectionOptions
  readonly #clock: Clock
  readonly #out: WriteBatch
  readonly #heads: HeadCollector
  readonly #takePiece: (piece: Buffer) => void

  #stage: Stage = 'head'
  #events: RequestEvents | undefined
  #request: RequestHead | undefined
  #body: BodyReader | undefined
  #bodyHeld = false
  /** Bytes that were read but are not due yet. */
  #rest: Buffer | undefined
  #advancing = false
  #inputEnded = false
  #keepAlive = true
  #lastAnswer = false
  #closesWhenIdle = false
  #framing: ClientFraming = 'none'
  #cancelTimer: Cancel | undefined

  constructor(socket: Socket, handler: RequestHandler, options: ServerConnectionOptions, clock: Clock) {
    this.#socket = socket
    this.#handler = handler
    this.#options = options
    this.#clock = clock
    this.#out = new WriteBatch(socket)
    this.#heads = new HeadCollector(options.limits.headBytesMax)
    this.#takePiece = (piece) => this.#events?.requestBody(piece)
    socket.setNoDelay(true)
    socket.on('data', (bytes: Buffer) => this.#advance(bytes))
    socket.on('end', () => this.#onInputEnd())
    socket.on('drain', () => this.#onDrain())
    // The reason does not matter: 'close' always follows.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#onClose())
  }

  /** No request is in progress, and none has begun to arrive. */
  get isIdle(): boolean {
    return this.#stage === 'head' && !this.#heads.isPartial && this.#rest === undefined
  }

  // Reading

  /** Works through what was read, message by message, until it is used up or must wait. */
  #advance(bytes: Buffer): void {
    this.#advancing = true
    let at = 0
    while (at < bytes.length && this.#stage !== 'closing') {
      if (this.#stage === 'head' && this.#mayBegin) at = this.#readHead(bytes, at)
      else if (this.#stage === 'body' && !this.#bodyHeld) at = this.#readBody(bytes, at)
      else {
        this.#rest = bytes.subarray(at)
        this.#socket.pause()
        break
      }
    }
    this.#advancing = false
    if (this.#stage === 'head' && this.#heads.isPartial) this.#expectHead()
    this.#flushRequest()
  }

  /** A client that sends requests and reads no answers must not fill memory with them: the next one waits for `drain`. */
  get #mayBegin(): boolean {
    return !this.#socket.writableNeedDrain
  }

  #onDrain(): void {
    if (this.#stage === 'head') this.#continue()
    else this.#events?.clientWritable()
  }

  #flushRequest(): void {
    if (this.#stage === 'body' && this.#events?.requestFlush() === false) this.#bodyHeld = true
  }

  /** Takes up what had to wait. */
  #continue(): void {
    if (this.#advancing) return
    const rest = this.#rest
    if (rest !== undefined) {
      this.#rest = undefined
      this.#advance(rest)
    } else this.#flushRequest()
    if (this.#rest !== undefined) return
    if (this.#inputEnded) this.#onInputUsedUp()
    else if (this.#socket.isPaused()) this.#socket.resume()
  }

  #readHead(bytes: Buffer, from: number): number {
    const text = this.#heads.take(bytes, from)
    if (text === undefined) return bytes.length
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const head = typeof text === 'string' ? readRequestHead(text, this.#options.limits) : text
    if (head.ok) this.#begin(head)
    else this.#refuse(head)
    return this.#heads.end
  }

  #begin(head: RequestHead): void {
    this.#request = head
    this.#keepAlive = head.keepAlive
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
      this.#keepAlive = false
      events.requestBroken(body.refusal)
      return bytes.length
    }
    if (body.isDone) {
      this.#stage = 'answer'
      events.requestEnd()
    }
    return at
  }

  #refuse(refusal: Refusal): void {
    this.#keepAlive = false
    this.#stage = 'answer'
    this.#handler.onRefusal(refusal, this)
  }

  /** A client that sends its head too slowly holds a connection for nothing. */
  #expectHead(): void {
    const ms = this.#options.headTimeoutMs
    this.#cancelTimer ??= this.#clock.after(ms, () =>
      this.#refuse(headTooSlow(`a head that was not complete after ${ms} ms`)),
    )
  }

  /** The client has closed its side. After a whole request that is how a cancelled call looks, so nobody waits for the answer. */
  #onInputEnd(): void {
    this.#inputEnded = true
    if (this.#rest === undefined) this.#onInputUsedUp()
  }

  #onInputUsedUp(): void {
    switch (this.#stage) {
      case 'answer':
        // The end of what an old client has to say; it may still listen.
        if (this.#request?.minorVersion === 0) this.#keepAlive = false
        else this.#socket.destroy()
        break
      case 'head':
        this.#socket.end()
        break
      case 'body':
        this.#socket.destroy()
        break
      case 'closing':
        break
    }
  }

  #onClose(): void {
    this.#stage = 'closing'
    this.#cancelTimer?.()
    const events = this.#events
    this.#events = undefined
    this.#request = undefined
    events?.clientGone()
    this.#handler.onClose(this)
  }

  // Request body, as told by whoever answers

  /** No body is handed over until `releaseBody`; what arrives waits, at last in the client. */
  holdBody(): void {
    this.#bodyHeld = true
  }

  releaseBody(): void {
    this.#bodyHeld = false
    this.#continue()
  }

  // Answering

  /** Passes on a 1xx; clients of HTTP/1.0 do not know them. */
  respondInterim(head: ResponseHead): void {
    if (this.#request?.minorVersion === 1) this.#out.addText(`${head.statusLine}${head.fields}\r\n`)
  }

  respondHead(head: ResponseHead): void {
    const request = this.#request as RequestHead
    this.#framing = clientFraming(head.framing, request.minorVersion)
    // An answer before the end of the request: what is left of it cannot be told from the next one.
    if (this.#stage === 'body' || this.#lastAnswer) this.#keepAlive = false
    this.#out.addText(responseHeadText(head, this.#framing, { keepAlive: this.#keepAlive }))
  }

  /** @param piece copied */
  respondBody(piece: Buffer): void {
    if (this.#framing === 'raw') this.#out.addBytes(piece)
    else if (this.#framing === 'chunked' && piece.length > 0) {
      this.#out.addText(chunkStart(piece.length))
      this.#out.addBytes(piece)
      this.#out.addText(chunkEnd)
    }
  }

  /** Sends what was gathered. @returns false when the client takes less than it is given: wait for `clientWritable` */
  respondFlush(): boolean {
    return this.#out.flush()
  }

  respondEnd(): void {
    if (this.#framing === 'chunked') this.#out.addText(chunksEnd)
    this.#finish()
  }

  /** Answers with a complete message, in place of everything above. @param body latin1, left out for HEAD */
  respondWhole(head: string, body: string): void {
    if (this.#stage === 'body' || this.#lastAnswer) this.#keepAlive = false
    this.#out.addText(`${head}${this.#keepAlive ? '' : 'connection: close\r\n'}\r\n`)
    if (this.#request?.method !== 'HEAD') this.#out.addText(body)
    this.#finish()
  }

  #finish(): void {
    this.#out.flush()
    this.#request = undefined
    this.#events = undefined
    this.#bodyHeld = false
    if (this.#keepAlive) {
      this.#stage = 'head'
      this.#continue()
      if (this.#closesWhenIdle) this.closeWhenIdle()
    } else this.#close()
  }

  // Closing

  /** The next answer is the last one, and says so. */
  closeAfterAnswer(): void {
    this.#lastAnswer = true
  }

  /** Closes now, or after the answer in progress: then no answer is on its way to the client, and no request from it. */
  closeWhenIdle(): void {
    this.#closesWhenIdle = true
    if (!this.isIdle) return
    this.#stage = 'closing'
    this.#socket.destroySoon()
  }

  /** Breaks the connection off: the client must see that its answer is not whole. */
  cut(): void {
    this.#stage = 'closing'
    this.#events = undefined
    // A unix socket knows no reset, and has no family.
    if (this.#socket.remoteFamily === undefined) this.#socket.destroy()
    else this.#socket.resetAndDestroy()
  }

  /** Closes once the last answer is written and the client has closed too, or `lingerMs` later. */
  #close(): void {
    this.#stage = 'closing'
    this.#rest = undefined
    this.#socket.end(() => {
      this.#cancelTimer = this.#clock.after(lingerMs, () => this.#socket.destroy())
    })
    this.#socket.resume()
  }
}
