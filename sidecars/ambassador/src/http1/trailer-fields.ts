/**
 * Which fields of a trailer section go on. They come after everything has been decided, and some servers
 * add them to the fields of the head, so only what cannot decide anything is passed on: names that no
 * standard gives a meaning in a head (an app's own, `grpc-status`, `x-checksum`), and the standard ones
 * whose definition allows a trailer (RFC 9110, 6.5.1). The rest is dropped; framing and routing are refused.
 *
 * They are passed on whether or not the client said `TE: trailers`: whoever takes chunks must be able to
 * pass over trailers (RFC 9112, 7.1.2), and Go's client reads them though it never says so. HAProxy does
 * the same; nginx and Envoy drop them unless told otherwise.
 */
import { readFieldBlock } from './field-block.ts'
import type { MessageLimits } from './message-limits.ts'
import { ambiguous, type Refusal } from './refusal.ts'

/** Standard fields that may come late, though their kind may not. */
const mayComeLate = new Set(['etag', 'content-digest', 'accept-ranges'])

/** Standard fields that work only in a head. */
const headOnly = new Set([
  ...['age', 'allow', 'cache-control', 'connection', 'cookie', 'date', 'digest', 'early-data', 'expect', 'expires'],
  ...['forwarded', 'from', 'host', 'http2-settings', 'keep-alive', 'location', 'max-forwards', 'origin', 'pragma'],
  ...['range', 'referer', 'retry-after', 'set-cookie', 'strict-transport-security', 'te', 'trailer', 'upgrade'],
  ...['user-agent', 'vary', 'via', 'warning', 'www-authenticate', 'authorization', 'idempotency-key', 'priority'],
  ...['traceparent', 'tracestate', 'baggage', 'alt-svc', 'link', 'refresh', 'last-modified', 'transfer-encoding'],
])

/** Whole families: negotiation, conditions, content, security, proxies and what proxies say about the caller. */
const headOnlyFamily =
  /^(?:accept|access-control|content|if|proxy|sec|x-forwarded|x-real|x-client|x-envoy|x-request|x-amzn|x-http-method|x-original|x-rewrite|podmates)(?:-|$)/

/**
 * @param section lines, each with its CRLF, and the empty line
 * @returns the lines that go on
 */
export function readTrailers(section: string, limits: MessageLimits): string | Refusal {
  if (section === '\r\n') return ''
  const block = readFieldBlock(section, 0, limits.headersMax)
  if (!block.ok) return block
  if ((block.contentLength ?? block.transferEncoding ?? block.host) !== undefined) {
    return ambiguous('a trailer that says how the message is framed or routed (RFC 9110, 6.5.1)')
  }
  const lines = block.passed.split('\r\n').slice(0, -1)
  return lines
    .filter((line) => mayGoOn(line.slice(0, line.indexOf(':')).toLowerCase()))
    .map((line) => `${line}\r\n`)
    .join('')
}

/** An underscore is a hyphen to some servers. */
function mayGoOn(written: string): boolean {
  const name = written.replaceAll('_', '-')
  return mayComeLate.has(name) || !(headOnly.has(name) || headOnlyFamily.test(name))
}
