/**
 * Reads the head of a request: who is asked for what, and how its body ends. Stricter than every server
 * it will be sent to: what this function accepts has one reading (RFC 9112, 3 and 5).
 */
import { type BodyFraming, requestFraming } from './body-framing.ts'
import { type FieldBlock, hasOption, readFieldBlock } from './field-block.ts'
import type { MessageLimits } from './message-limits.ts'
import { space, targetBytes } from './octets.ts'
import {
  ambiguous,
  malformed,
  notImplemented,
  type Refusal,
  targetTooLong,
  unknownExpectation,
  unknownVersion,
} from './refusal.ts'

/** A request before its body, read and found to have one meaning. */
export interface RequestHead {
  readonly ok: true
  /** Upper-case letters and hyphens. */
  readonly method: string
  /** `/path?query` as it came, or `*`. */
  readonly target: string
  /** As it came, port included; undefined only in HTTP/1.0. */
  readonly host: string | undefined
  /** 0 for HTTP/1.0, whose clients know neither chunks nor interim responses. */
  readonly minorVersion: 0 | 1
  /** The field lines that go to the upstream, each with its CRLF. */
  readonly fields: string
  readonly framing: BodyFraming
  /** The client will send another request on this connection. */
  readonly keepAlive: boolean
  /** The client waits for 100 before it sends its body. */
  readonly expectsContinue: boolean
  /** The protocol that the client would rather speak; not passed on. */
  readonly upgrade: string | undefined
}

/** @param text a head from its first byte to its empty line, as latin1 */
export function readRequestHead(text: string, limits: MessageLimits): RequestHead | Refusal {
  const methodEnd = endOfMethod(text)
  if (methodEnd === 0 || text.charCodeAt(methodEnd) !== space) {
    return malformed('a request line that does not begin with a method in capitals and one space (RFC 9112, 3)')
  }
  const method = text.slice(0, methodEnd)
  const targetEnd = endOfTarget(text, methodEnd + 1)
  const target = text.slice(methodEnd + 1, targetEnd)
  if (target.length > limits.targetBytesMax) {
    return targetTooLong(`a request target of more than ${limits.targetBytesMax} bytes`)
  }
  if (text.charCodeAt(targetEnd) !== space) return malformed('a request target with a byte it may not hold')

  const lineEnd = targetEnd + ' HTTP/1.1\r\n'.length
  const minorVersion = minorVersionOf(text.slice(targetEnd + 1, lineEnd))
  if (typeof minorVersion !== 'number') return minorVersion
  const wrongTarget = checkTarget(method, target)
  if (wrongTarget !== undefined) return wrongTarget

  const fields = readFieldBlock(text, lineEnd, limits.headersMax)
  if (!fields.ok) return fields
  const wrongHost = checkHost(fields.host, minorVersion)
  if (wrongHost !== undefined) return wrongHost
  const framing = requestFraming(fields, minorVersion)
  if ('ok' in framing) return framing
  if (fields.expect !== undefined && fields.expect !== '100-continue') {
    return unknownExpectation('an Expect other than 100-continue (RFC 9110, 10.1.1)')
  }
  return {
    ok: true,
    method,
    target,
    host: fields.host,
    minorVersion,
    fields: fields.passed,
    framing,
    keepAlive: staysOpen(fields, minorVersion),
    expectsContinue: fields.expect !== undefined && minorVersion === 1,
    upgrade: hasOption(fields.connection, 'upgrade') ? fields.upgrade : undefined,
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

function checkTarget(method: string, target: string): Refusal | undefined {
  if (method === 'CONNECT') return notImplemented('CONNECT: this listener is no forward proxy')
  if (target === '*') {
    return method === 'OPTIONS'
      ? undefined
      : malformed('the target * with a method other than OPTIONS (RFC 9112, 3.2.4)')
  }
  if (!target.startsWith('/')) {
    return malformed('a target that is not a path: this listener is no forward proxy (RFC 9112, 3.2.2)')
  }
  return target.includes('/.') || target.includes('%') ? checkPath(pathOf(target)) : undefined
}

/** The target without its query. */
export function pathOf(target: string): string {
  const query = target.indexOf('?')
  return query < 0 ? target : target.slice(0, query)
}

/** `.` or `..` as a segment, its dots and slashes plain or encoded, perhaps with a parameter. */
const dotSegment = /(?:\/|%2f|%5c)(?:\.|%2e){1,2}(?:[/;]|%2f|%5c|$)/i

/** A route must match the same path that the upstream will see, so what servers resolve differently is refused. */
function checkPath(path: string): Refusal | undefined {
  if (dotSegment.test(path)) return ambiguous('a path with . or .. as a segment (RFC 3986, 6.2.2.3)')
  return path.includes('%00') ? malformed('a path with an encoded NUL') : undefined
}

/** A name, IPv4 or bracketed IPv6 address, and perhaps a port: no list, no user, no path. */
const hostPattern = /^(?:[\w.~%!$&'()*+;=-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i

function checkHost(host: string | undefined, minorVersion: 0 | 1): Refusal | undefined {
  if (host === undefined) return minorVersion === 0 ? undefined : malformed('no Host field (RFC 9112, 3.2)')
  return hostPattern.test(host) ? undefined : malformed('a Host that is not host or host:port (RFC 9112, 3.2)')
}

/** HTTP/1.0 connections are never kept: the few clients that ask for it do as well without. */
function staysOpen(fields: FieldBlock, minorVersion: 0 | 1): boolean {
  return minorVersion === 1 && !hasOption(fields.connection, 'close')
}
