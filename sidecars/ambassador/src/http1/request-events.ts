/** What a connection from a client tells about the request in progress, to whoever answers it. */
import type { Refusal } from './refusal.ts'

export interface RequestEvents {
  /** A piece of the body, or of what the client sends into a tunnel; copy it or write it before returning. */
  requestBody(piece: Buffer): void
  /** The lines after the last chunk that may go on, each with its CRLF. Told before `requestEnd`, and only when there are some. */
  requestTrailers(fields: string): void
  /** The body is whole. In a tunnel: the client has closed its side, and still reads. */
  requestEnd(): void
  /** All that one read brought has been handed over. @returns false to get no more body until `releaseBody` */
  requestFlush(): boolean
  /** The body broke the rules, or stood still; no more of it will come. */
  requestBroken(refusal: Refusal): void
  /** The client took what was written; go on writing. */
  clientWritable(): void
  /** After the head of the answer no byte moved in either direction for `streamTimeoutMs`: it is time to end it. */
  streamIdle(): void
  /** A tunnel is over: both sides have closed in order. Nothing else is told after this. */
  tunnelEnd(): void
  /** The client has closed, or was cut off; nobody reads the answer. Nothing else is told after this. */
  clientGone(): void
  /** The ambassador ends and waits no longer: the connection is about to be cut off. Nothing else is told after this. */
  drainOver(): void
}
