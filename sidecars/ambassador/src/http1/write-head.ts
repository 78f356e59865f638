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
  if (head.upgrade !== undefined || head.takesTrailers) text += connectionFields(head)
  return `${text}\r\n`
}

/** What was meant for the connection from the client, and is as true for the one to the upstream. */
function connectionFields({ upgrade, takesTrailers }: RequestHead): string {
  const options = [...(upgrade === undefined ? [] : ['upgrade']), ...(takesTrailers ? ['te'] : [])]
  const te = takesTrailers ? 'te: trailers\r\n' : ''
  return `${upgrade === undefined ? '' : `upgrade: ${upgrade}\r\n`}${te}connection: ${options.join(', ')}\r\n`
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
  // Says which protocols would do (RFC 9110, 15.5.22); in any other answer the offer is for one connection only.
  if (head.status === 426 && head.upgrade !== undefined) text += `upgrade: ${head.upgrade}\r\nconnection: upgrade\r\n`
  if (!keepAlive) text += 'connection: close\r\n'
  return `${text}\r\n`
}

/** The head of a 101: the fields of its own connection are what it is about. */
export function switchedHeadText({ statusLine, fields, upgrade }: ResponseHead): string {
  return `${statusLine}${fields}upgrade: ${upgrade}\r\nconnection: upgrade\r\n\r\n`
}

/** @param bytes 1 or more: a chunk of 0 would end the body */
export function chunkStart(bytes: number): string {
  return `${bytes.toString(16)}\r\n`
}

export const chunkEnd = '\r\n'

/** The last chunk, and after it the trailer section: lines, each with its CRLF. */
export function chunksEnd(trailers: string): string {
  return `0\r\n${trailers}\r\n`
}

/** What opens the tunnel that a CONNECT asked for (RFC 9110, 9.3.6). */
export const connectedHead = 'HTTP/1.1 200 Connection established\r\n\r\n'
