/** A request as each of its attempts sends it: the head, and of the body what has come so far and could be kept. */
import type { ClientConnection } from '../http1/client-connection.ts'
import type { RequestHead } from '../http1/request-head.ts'
import { requestHeadText } from '../http1/write-head.ts'
import { withoutControls, withTimeLeft } from './deadline.ts'
import type { ReplayBody, ReplayMemory } from './replay-memory.ts'
import { type BodyState, isIdempotent } from './retry-decision.ts'
import type { RetryPolicy } from './retry-rules.ts'

/** What becomes of the time that a caller states: the app may set it, and from others it is taken out, as are Envoy's control fields. */
export type StatedTimes = 'heeded' | 'removed'

/** Holds what has come of one request and writes it to a connection, once per attempt. `free` it at the end. */
export class OutgoingRequest {
  readonly head: RequestHead
  readonly hasBody: boolean
  readonly #statedTimes: StatedTimes
  /** Only for a request that may be sent again at all. */
  readonly #kept: ReplayBody | undefined
  #bytes = 0
  #trailers = ''
  #isWhole: boolean

  constructor(head: RequestHead, statedTimes: StatedTimes, retry: RetryPolicy, memory: ReplayMemory) {
    this.head = head
    this.#statedTimes = statedTimes
    this.hasBody = head.framing.kind !== 'none'
    this.#isWhole = !this.hasBody
    if (this.hasBody && retry !== 'off' && isIdempotent(head, retry)) this.#kept = memory.open(retry.bodyBytes)
  }

  /** The end of the body has come, or there is none. */
  get isWhole(): boolean {
    return this.#isWhole
  }

  get body(): BodyState {
    if (!this.hasBody) return 'none'
    if (this.#bytes === 0) return this.#isWhole ? 'kept' : 'held'
    return this.#kept === undefined ? 'too_large' : (this.#kept.notKept ?? 'kept')
  }

  /** @param piece copied where it is kept */
  add(piece: Buffer): void {
    this.#bytes += piece.length
    this.#kept?.add(piece)
  }

  addTrailers(fields: string): void {
    this.#trailers = fields
  }

  end(): void {
    this.#isWhole = true
  }

  /**
   * Writes what there is of it; the rest is written as it comes.
   * @param leftMs of the time for the attempt
   */
  sendTo(connection: ClientConnection, authority: string, leftMs: number): void {
    const { framing, method, upgrade } = this.head
    const text = requestHeadText(headWithin(this.head, this.#statedTimes, leftMs), authority)
    connection.sendHead(text, { chunked: framing.kind === 'chunked', toHead: method === 'HEAD', offered: upgrade })
    if (this.#kept !== undefined) for (const piece of this.#kept.pieces) connection.sendBody(piece)
    if (!this.#isWhole) return
    if (this.#trailers !== '') connection.sendTrailers(this.#trailers)
    connection.sendEnd()
    connection.flush()
  }

  /** It will not be sent again. */
  free(): void {
    this.#kept?.free()
  }
}

/**
 * The head as it goes on. An app that states its time wants it passed on; nobody else's requests are changed.
 * @param leftMs of the time for the attempt
 */
export function headWithin(head: RequestHead, statedTimes: StatedTimes, leftMs: number): RequestHead {
  const { requestTimeout, envoyTimeout, hasEnvoyControl, fields } = head
  const statesTime = requestTimeout !== undefined || envoyTimeout !== undefined
  if (statedTimes === 'heeded') return statesTime ? { ...head, fields: withTimeLeft(fields, leftMs) } : head
  return statesTime || hasEnvoyControl ? { ...head, fields: withoutControls(fields) } : head
}
