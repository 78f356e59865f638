/** Writes heads. What was read is copied as it came; only the fields that belong to one connection are written anew. */
import type { BodyFraming } from './body-framing.ts'
import type { RequestHead } from './request-head.ts'
import type { ResponseHead } from './response-head.ts'

/** How a body is written to the client. `raw` ends with the connection, or has its length in the fields. */
export type ClientFraming = 'none' | 'raw' | 'chunked'

/**
 * The head that goes to the upstream, always as HTTP/1.1.
 * @param hostInstead for the HTTP/1.0 client that named none
 */
export function requestHeadText(head: RequestHead, hostInstead: string): string {
  let text = `${head.method} ${head.target} HTTP/1.1\r\n${head.fields}`
  if (head.host === undefined) text += `host: ${hostInstead}\r\n`
  if (head.framing.kind === 'chunked') text += 'transfer-encoding: chunked\r\n'
  return `${text}\r\n`
}

/** HTTP/1.0 clients do not know chunks: their body ends with the connection. */
export function clientFraming(framing: BodyFraming, minorVersion: 0 | 1): ClientFraming {
  if (framing.kind === 'none') return 'none'
  if (framing.kind === 'length') return 'raw'
  return minorVersion === 1 ? 'chunked' : 'raw'
}

/** The head that goes to the client. */
export function responseHeadText(
  head: ResponseHead,
  framing: ClientFraming,
  { keepAlive }: { keepAlive: boolean },
): string {
  let text = head.statusLine + head.fields
  if (framing === 'chunked') text += 'transfer-encoding: chunked\r\n'
  if (!keepAlive) text += 'connection: close\r\n'
  return `${text}\r\n`
}

/** @param bytes 1 or more: a chunk of 0 would end the body */
export function chunkStart(bytes: number): string {
  return `${bytes.toString(16)}\r\n`
}

export const chunkEnd = '\r\n'

/** The last chunk and an empty trailer section. */
export const chunksEnd = '0\r\n\r\n'
