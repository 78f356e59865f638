/**
 * One connection to an upstream: a request out, its answer in, and then perhaps another. It is told what
 * to write, reads the answer strictly, and says at the end whether it can be used again.
 *
 *   connecting -> idle <-> busy -> closed
 *                       busy -> tunnel -> closed       after a 101, or for a CONNECT
 */
import type { NetConnectOpts, Socket } from 'node:net'
import type { Address } from '@podmates/shared/config/values/address.ts'
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'
import { type BodyReader, bodyReader } from './body-reader.ts'
import { HeadCollector } from './head-collector.ts'
import type { MessageLimits } from './message-limits.ts'
import { malformed } from './refusal.ts'
import type { ConnectionFailure, ConnectionOwner, ResponseEvents } from './response-events.ts'
import { type ResponseHead, readResponseHead } from './response-head.ts'
import type { ScratchBuffer } from './scratch-buffer.ts'
import { UpstreamSocket } from './upstream-socket.ts'
import { WriteBatch } from './write-batch.ts'
import { chunkEnd, chunkStart, chunksEnd } from './write-head.ts'

export interface ClientConnectionOptions {
  readonly target: Address
  readonly limits: MessageLimits
  readonly connectTimeoutMs: number
  /**
   * Hot: all connections read into this one buffer; 16-30 -> 11-20 us of user time per request against a
   * buffer made for each read (test/bench/ambassador).
   * Safe: a read is handled to its end before the next one, and every byte kept is copied.
   */
  readonly readBuffer: Buffer
  readonly scratch: ScratchBuffer
}

/** What the answer depends on. */
export interface SentHead {
  readonly chunked: boolean
  /** The request is a HEAD, so its answer has no body. */
  readonly toHead: boolean
  /** The protocol that the head offers to change to; any other 101 is refused. */
  readonly offered: string | undefined
}

type State = 'connecting' | 'idle' | 'busy' | 'tunnel' | 'closed'

export class ClientConnection {
  readonly #socket: Socket
  readonly #owner: ConnectionOwner
  readonly #limits: MessageLimits
  readonly #out: WriteBatch
  readonly #heads: HeadCollector
  readonly #takePiece: (piece: Buffer) => void

  #state: State = 'connecting'
  #events: ResponseEvents | undefined
  #cancelConnectTimer: Cancel
  #connectTimedOut = false
  #toHead = false
  #requestChunked = false
  #requestDone = false
  #trailers = ''
  #offered: string | undefined
  #head: ResponseHead | undefined
  #body: BodyReader | undefined
  #isAnswerWhole = false

  /** How many requests it has carried, the present one included. */
  uses = 0
  /** A byte of the present answer has arrived. */
  hasAnswered = false
  /** By the clock's `now`; meaningful while idle. */
  idleSinceMs = 0
  /** Milliseconds that the upstream keeps it idle, as its last answer said. */
  keepAliveMs: number | undefined

  /** Begins to connect; `events.upstreamReady` or `events.upstreamFailed` tells how that went. */
  constructor(options: ClientConnectionOptions, events: ResponseEvents, owner: ConnectionOwner, clock: Clock) {
    this.#limits = options.limits
    this.#owner = owner
    this.#events = events
    this.#heads = new HeadCollector(options.limits.headBytesMax)
    this.#takePiece = (piece) => this.#events?.responseBody(piece)
    const { readBuffer } = options
    const onread = { buffer: readBuffer, callback: (length: number) => this.#onRead(readBuffer.subarray(0, length)) }
    const socketOptions: NetConnectOpts = { ...options.target, noDelay: true, allowHalfOpen: true, onread }
    this.#socket = new UpstreamSocket(socketOptions)
    this.#out = new WriteBatch(this.#socket, options.scratch)
    this.#cancelConnectTimer = clock.after(options.connectTimeoutMs, () => this.#onConnectTimeout())
    this.#socket.on('connect', () => this.#onConnect())
    this.#socket.on('drain', () => this.#events?.upstreamWritable())
    this.#socket.on('end', () => this.#onEnd())
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#onError(error))
    this.#socket.on('close', () => this.#onClose())
  }

  // Connecting

  #onConnect(): void {
    this.#cancelConnectTimer()
    this.#state = 'idle'
    this.#events?.upstreamReady(this)
  }

  #onConnectTimeout(): void {
    this.#connectTimedOut = true
    this.#socket.destroy()
  }

  // Writing

  /** Takes the next request on an idle connection. */
  carry(events: ResponseEvents): void {
    this.#events = events
    events.upstreamReady(this)
  }

  /** @param head as `requestHeadText` writes it */
  sendHead(head: string, { chunked, toHead, offered }: SentHead): void {
    this.#state = 'busy'
    this.#toHead = toHead
    this.#offered = offered
    this.#requestChunked = chunked
    this.#requestDone = false
    this.#isAnswerWhole = false
    this.hasAnswered = false
    this.uses += 1
    this.#out.addText(head)
  }

  /** @param piece copied */
  sendBody(piece: Buffer): void {
    if (!this.#requestChunked) this.#out.addBytes(piece)
    else if (piece.length > 0) {
      this.#out.addText(chunkStart(piece.length))
      this.#out.addBytes(piece)
      this.#out.addText(chunkEnd)
    }
  }

  /** @param fields lines, each with its CRLF; dropped where the body is not chunked */
  sendTrailers(fields: string): void {
    this.#trailers = fields
  }

  /** The request is whole. In a tunnel: closes our side; what the upstream still sends goes on. */
  sendEnd(): void {
    this.#requestDone = true
    if (this.#state === 'tunnel') {
      this.#out.flush()
      this.#socket.end()
    } else if (this.#requestChunked) {
      this.#out.addText(chunksEnd(this.#trailers))
      this.#trailers = ''
    }
  }

  /** Carries raw bytes instead of a request: for a CONNECT, when the connection is up. */
  beginTunnel(): void {
    this.#state = 'tunnel'
    this.#requestChunked = false
    this.#requestDone = false
    this.uses += 1
  }

  /** Sends what was gathered. @returns false when the upstream takes less than it is given: wait for `upstreamWritable` */
  flush(): boolean {
    return this.#out.flush()
  }

  // Reading

  /** @returns false to stop reading */
  #onRead(bytes: Buffer): boolean {
    if (this.#state === 'tunnel') return this.#readTunnel(bytes, 0)
    // Nobody asked: the answer to a request that was never sent must not meet the next one.
    if (this.#state !== 'busy') return this.#drop()
    this.hasAnswered = true
    let at = 0
    while (at < bytes.length) {
      at = this.#body === undefined ? this.#readHead(bytes, at) : this.#readBody(bytes, at, this.#body)
      if (this.#isTunnel()) return this.#readTunnel(bytes, at)
      if (this.#state !== 'busy') return false
      if (this.#isAnswerWhole) {
        this.#finish({ isClean: at === bytes.length })
        return true
      }
    }
    return this.#events?.responseFlush() ?? true
  }

  #readHead(bytes: Buffer, from: number): number {
    const text = this.#heads.take(bytes, from)
    if (text === undefined) return bytes.length
    const head = typeof text === 'string' ? readResponseHead(text, this.#toHead ? 'head' : 'other', this.#limits) : text
    if (!head.ok) this.#fail({ kind: 'invalid', refusal: head })
    else if (head.status === 101) this.#switch(head)
    else if (head.status < 200) this.#events?.responseInterim(head)
    else this.#begin(head)
    return this.#heads.end
  }

  /** Only to the protocol that was offered: a 101 that nobody asked for would open a way past every check. */
  #switch(head: ResponseHead): void {
    if (this.#offered === undefined || head.upgrade?.toLowerCase() !== this.#offered.toLowerCase()) {
      this.#fail({ kind: 'invalid', refusal: malformed('a 101 to a protocol that was not offered (RFC 9110, 7.8)') })
      return
    }
    this.beginTunnel()
    this.#events?.responseSwitched(head)
  }

  #isTunnel(): boolean {
    return this.#state === 'tunnel'
  }

  /** @returns false to stop reading */
  #readTunnel(bytes: Buffer, from: number): boolean {
    if (from < bytes.length) this.#events?.responseBody(from === 0 ? bytes : bytes.subarray(from))
    return this.#events?.responseFlush() ?? true
  }

  #begin(head: ResponseHead): void {
    this.#head = head
    this.keepAliveMs = head.keepAliveMs
    if (head.framing.kind === 'none') this.#isAnswerWhole = true
    else this.#body = bodyReader(head.framing, this.#limits)
    this.#events?.responseHead(head)
  }

  #readBody(bytes: Buffer, from: number, body: BodyReader): number {
    const at = body.read(bytes, from, this.#takePiece)
    if (body.refusal !== undefined) this.#fail({ kind: 'invalid', refusal: body.refusal })
    this.#isAnswerWhole = body.isDone
    if (body.trailers !== '') this.#events?.responseTrailers(body.trailers)
    return at
  }

  /** @param isClean no byte came after the answer; one that did would be taken for the next answer */
  #finish({ isClean }: { isClean: boolean }): void {
    const events = this.#events
    const isReusable = isClean && this.#requestDone && this.#head?.keepAlive === true
    this.#events = undefined
    this.#head = undefined
    this.#body = undefined
    this.#state = 'idle'
    if (isReusable) this.#owner.onReusable(this)
    else this.close()
    events?.responseEnd()
  }

  resume(): void {
    this.#socket.resume()
  }

  // Ending

  /** Drops the connection; whoever it carried a request for hears nothing more. */
  close(): void {
    this.#events = undefined
    this.#drop()
  }

  #drop(): false {
    if (this.#state === 'closed') return false
    const isCutTunnel = this.#state === 'tunnel' && !(this.#requestDone && this.#isAnswerWhole)
    this.#state = 'closed'
    this.#cancelConnectTimer()
    // An orderly end would say that the other side had ended in order too.
    if (isCutTunnel && this.#socket.remoteFamily !== undefined) this.#socket.resetAndDestroy()
    else this.#socket.destroy()
    // At once, not when the socket says so: until then the pool would still hand it out.
    this.#owner.onClosed(this)
    return false
  }

  #onEnd(): void {
    if (this.#state === 'tunnel') {
      this.#isAnswerWhole = true
      this.#events?.responseEnd()
    } else if (this.#state === 'busy' && this.#head?.framing.kind === 'until-close') this.#finish({ isClean: true })
    else this.#fail({ kind: 'lost', cause: 'closed' })
  }

  #onError(error: NodeJS.ErrnoException): void {
    if (this.#state === 'connecting') {
      this.#fail({ kind: 'connect', cause: error.code === 'ECONNREFUSED' ? 'refused' : 'unreachable' })
    } else this.#fail({ kind: 'lost', cause: 'reset' })
  }

  #onClose(): void {
    if (this.#state === 'tunnel' && this.#isAnswerWhole && this.#requestDone) this.close()
    else if (this.#connectTimedOut) this.#fail({ kind: 'connect', cause: 'timeout' })
    else this.#fail({ kind: 'lost', cause: 'closed' })
  }

  /** The first failure counts; with no request on board there is nobody to tell. */
  #fail(failure: ConnectionFailure): void {
    const events = this.#events
    this.close()
    events?.upstreamFailed(failure)
  }
}
