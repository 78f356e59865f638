/** What a connection to an upstream tells, and to whom. */
import type { ClientConnection } from './client-connection.ts'
import type { Refusal } from './refusal.ts'
import type { ResponseHead } from './response-head.ts'

/** Why a request has no whole answer from this connection. */
export type ConnectionFailure =
  | { readonly kind: 'connect'; readonly cause: 'refused' | 'timeout' | 'unreachable' }
  /** @property cause `closed`: an orderly end before the answer was whole */
  | { readonly kind: 'lost'; readonly cause: 'closed' | 'reset' }
  | { readonly kind: 'invalid'; readonly refusal: Refusal }

/** What the connection tells about the request it carries. */
export interface ResponseEvents {
  /** The connection is up; write the request. */
  upstreamReady(connection: ClientConnection): void
  responseInterim(head: ResponseHead): void
  responseHead(head: ResponseHead): void
  /**
   * The upstream has changed to the protocol that the request offered (101). From here on raw bytes flow:
   * `responseBody` and `sendBody`, until `responseEnd` (the upstream has closed its side) and `sendEnd`.
   */
  responseSwitched(head: ResponseHead): void
  /** A piece of the body; copy it or write it before returning. */
  responseBody(piece: Buffer): void
  /** The lines after the last chunk that may go on, each with its CRLF. Told before `responseEnd`, and only when there are some. */
  responseTrailers(fields: string): void
  responseEnd(): void
  /** All that one read brought has been handed over. @returns false to read no more until `resume` */
  responseFlush(): boolean
  /** The upstream took what was written; go on writing. */
  upstreamWritable(): void
  /** Nothing else is told after this. */
  upstreamFailed(failure: ConnectionFailure): void
}

/** Told to the pool that the connection belongs to. */
export interface ConnectionOwner {
  /** The request is over and the connection may carry another. */
  onReusable(connection: ClientConnection): void
  onClosed(connection: ClientConnection): void
}
