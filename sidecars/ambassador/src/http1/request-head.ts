/**
 * Reads the head of a request: who is asked for what, and how its body ends. Stricter than every server
 * it will be sent to: what this function accepts has one reading (RFC 9112, 3 and 5).
 */
import { type BodyFraming, requestFraming } from './body-framing.ts'
import { hasOption } from './connection-options.ts'
import { type FieldBlock, readFieldBlock } from './field-block.ts'
import type { MessageLimits } from './message-limits.ts'
import { space, targetBytes } from './octets.ts'
import { ambiguous, malformed, type Refusal, targetTooLong, unknownExpectation, unknownVersion } from './refusal.ts'
import { checkHost, type RequestTarget, readTarget, type TargetPolicy } from './request-target.ts'

/** A request before its body, read and found to have one meaning. */
export interface RequestHead {
  readonly ok: true
  /** Upper-case letters and hyphens. */
  readonly method: string
  /** How the target was written; `absolute` and `authority` (CONNECT) come only through listeners that are forward proxies. */
  readonly form: RequestTarget['form']
  /** What goes to the upstream: `/path?query` as it came, `*`, or for CONNECT `host:port`. */
  readonly target: string
  /** Where a forward proxy is to send it, `host` or `host:port`; with the other forms undefined. */
  readonly authority: string | undefined
  /** As it came, port included; undefined only in HTTP/1.0. */
  readonly host: string | undefined
  /** 0 for HTTP/1.0, whose clients know neither chunks nor interim responses. */
  readonly minorVersion: 0 | 1
  /** The field lines that go to the upstream, each with its CRLF. */
  readonly fields: string
  readonly framing: BodyFraming
  /** The client will send another request on this connection. */
  readonly keepAlive: boolean
  /** The one protocol that the client would rather speak, such as `websocket`; see `offeredProtocol`. */
  readonly upgrade: string | undefined
  /** The client said that it reads trailers (`TE: trailers`); some servers send them only then. */
  readonly takesTrailers: boolean
  /** `x-request-timeout` as it came. */
  readonly requestTimeout: string | undefined
  /** `x-envoy-upstream-rq-timeout-ms` as it came. */
  readonly envoyTimeout: string | undefined
  /** There is one of `envoyControls`. */
  readonly hasEnvoyControl: boolean
  /** There is an `Idempotency-Key`: the server promises to do the same request only once. */
  readonly hasIdempotencyKey: boolean
}

/**
 * @param text a head from its first byte to its empty line, as latin1
 * @param policy which targets the listener takes
 */
export function readRequestHead(text: string, limits: MessageLimits, policy: TargetPolicy): RequestHead | Refusal {
  const methodEnd = endOfMethod(text)
  if (methodEnd === 0 || text.charCodeAt(methodEnd) !== space) {
    return malformed('a request line that does not begin with a method in capitals and one space (RFC 9112, 3)')
  }
  const method = text.slice(0, methodEnd)
  const targetEnd = endOfTarget(text, methodEnd + 1)
  if (targetEnd - methodEnd - 1 > limits.targetBytesMax) {
    return targetTooLong(`a request target of more than ${limits.targetBytesMax} bytes`)
  }
  if (text.charCodeAt(targetEnd) !== space) return malformed('a request target with a byte it may not hold')

  const lineEnd = targetEnd + ' HTTP/1.1\r\n'.length
  const minorVersion = minorVersionOf(text.slice(targetEnd + 1, lineEnd))
  if (typeof minorVersion !== 'number') return minorVersion
  const target = readTarget(method, text.slice(methodEnd + 1, targetEnd), policy)
  if ('ok' in target) return target

  const fields = readFieldBlock(text, lineEnd, limits.headersMax)
  if (!fields.ok) return fields
  const wrongHost = checkHost(fields.host, minorVersion, target)
  if (wrongHost !== undefined) return wrongHost
  const framing = requestFraming(fields, minorVersion)
  if ('ok' in framing) return framing
  if (method === 'CONNECT' && (fields.contentLength ?? fields.transferEncoding) !== undefined) {
    return ambiguous('CONNECT with a body: what follows its head is the tunnel (RFC 9110, 9.3.6)')
  }
  if (fields.expect !== undefined && fields.expect !== '100-continue') {
    return unknownExpectation('an Expect other than 100-continue (RFC 9110, 10.1.1)')
  }
  return {
    ok: true,
    method,
    form: target.form,
    target: target.target,
    authority: target.authority,
    host: fields.host,
    minorVersion,
    fields: fields.passed,
    framing,
    // What follows a CONNECT is meant for the tunnel, and no request when there is none.
    keepAlive: method !== 'CONNECT' && staysOpen(fields, minorVersion),
    upgrade: fields.upgrade === undefined ? undefined : offeredProtocol(fields, framing, minorVersion),
    takesTrailers: fields.te !== undefined && minorVersion === 1 && hasOption(fields.te, 'trailers'),
    requestTimeout: fields.requestTimeout,
    envoyTimeout: fields.envoyTimeout,
    hasEnvoyControl: fields.hasEnvoyControl,
    hasIdempotencyKey: fields.hasIdempotencyKey,
  }
}

/** Registered methods are capitals and hyphens; a method in small letters is another method to some servers. */
function endOfMethod(text: string): number {
  let at = 0
  for (;;) {
    const byte = text.charCodeAt(at)
    if ((byte < 0x41 || byte > 0x5a) && byte !== 0x2d) return at
    at += 1
  }
}

function endOfTarget(text: string, from: number): number {
  let at = from
  while (targetBytes[text.charCodeAt(at)] === 1) at += 1
  return at
}

function minorVersionOf(protocol: string): 0 | 1 | Refusal {
  if (protocol === 'HTTP/1.1\r\n') return 1
  if (protocol === 'HTTP/1.0\r\n') return 0
  if (/^HTTP\/\d\.\d\r\n$/.test(protocol)) return unknownVersion('a version other than HTTP/1.0 and HTTP/1.1')
  return malformed('a request line that does not end with HTTP/1.1 and one CRLF (RFC 9112, 3)')
}

/** HTTP/1.0 connections are never kept: the few clients that ask for it do as well without. */
function staysOpen(fields: FieldBlock, minorVersion: 0 | 1): boolean {
  return minorVersion === 1 && !hasOption(fields.connection, 'close')
}

/** One name and perhaps a version (RFC 9110, 7.8). */
const protocolName = /^[\w!#$%&'*+.^`|~-]+(?:\/[\w!#$%&'*+.^`|~-]+)?$/

/** Other versions of HTTP, and TLS: inside a tunnel their requests would pass every check and route unseen. */
const neverOffered = /^(?:h2c?|h3|http|tls)(?:\/|$)/i

/**
 * The protocol that goes on to the upstream. A server may pass over an offer (RFC 9110, 7.8), so what is
 * not offered further costs the client nothing but the upgrade: a list, a request with a body, which
 * would end in one protocol and go on in another, and HTTP/2, by which requests are smuggled.
 */
function offeredProtocol(fields: FieldBlock, framing: BodyFraming, minorVersion: 0 | 1): string | undefined {
  const { upgrade = '', connection } = fields
  if (minorVersion === 0 || framing.kind !== 'none' || !hasOption(connection, 'upgrade')) return undefined
  return protocolName.test(upgrade) && !neverOffered.test(upgrade) ? upgrade : undefined
}
