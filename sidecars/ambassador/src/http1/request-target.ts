/**
 * Reads whom and what a request asks for: its target and its Host. A route must match the very bytes that
 * are sent on, so a path that servers resolve to another one is refused, and so is a request that names
 * two hosts.
 */
import { ambiguous, malformed, notImplemented, type Refusal } from './refusal.ts'

/** A listener that is a forward proxy takes whole URLs and CONNECT; every other one takes paths alone. */
export type TargetPolicy = 'paths' | 'forward'

/** Where a request is meant to go, as its target says. */
export interface RequestTarget {
  /** Of the four forms of RFC 9112, 3.2; the second and third only where the policy is `forward`. */
  readonly form: 'origin' | 'absolute' | 'authority' | 'asterisk'
  /** What goes to the upstream: `/path?query`, `*`, or for CONNECT `host:port`. */
  readonly target: string
  /** `host` or `host:port` of a whole URL, `host:port` of CONNECT. */
  readonly authority: string | undefined
}

export const asterisk: RequestTarget = { form: 'asterisk', target: '*', authority: undefined }

/** @param target of bytes that a target may hold */
export function readTarget(method: string, target: string, policy: TargetPolicy): RequestTarget | Refusal {
  if (method === 'CONNECT') return readAuthority(target, policy)
  if (target === '*') {
    if (method === 'OPTIONS') return asterisk
    return malformed('the target * with a method other than OPTIONS (RFC 9112, 3.2.4)')
  }
  if (!target.startsWith('/')) return readUrl(target, policy)
  return checkPath(target) ?? { form: 'origin', target, authority: undefined }
}

function readAuthority(target: string, policy: TargetPolicy): RequestTarget | Refusal {
  if (policy !== 'forward') return notImplemented('CONNECT: this listener is no forward proxy')
  if (!hostPattern.test(target) || !/:\d+$/.test(target)) {
    return malformed('a CONNECT to what is not host:port (RFC 9112, 3.2.3)')
  }
  return { form: 'authority', target, authority: target }
}

function readUrl(url: string, policy: TargetPolicy): RequestTarget | Refusal {
  if (policy !== 'forward') {
    return malformed('a target that is not a path: this listener is no forward proxy (RFC 9112, 3.2.2)')
  }
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?]*)([/?].*)?$/i.exec(url)
  if (match === null) return malformed('a target that is neither a path nor a URL (RFC 9112, 3.2)')
  const [, scheme = '', authority = '', rest = '/'] = match
  if (scheme.toLowerCase() !== 'http') return notImplemented('a URL with a scheme other than http; use CONNECT for TLS')
  if (!hostPattern.test(authority)) return malformed('a URL whose host is not host or host:port (RFC 9110, 4.2)')
  const target = rest.startsWith('/') ? rest : `/${rest}`
  return checkPath(target) ?? { form: 'absolute', target, authority }
}

/** The target without its query. */
export function pathOf(target: string): string {
  const query = target.indexOf('?')
  return query < 0 ? target : target.slice(0, query)
}

/** `.` or `..` as a segment, its dots and slashes plain or encoded, perhaps with a parameter. */
const dotSegment = /(?:\/|%2f|%5c)(?:\.|%2e){1,2}(?:[/;]|%2f|%5c|$)/i

function checkPath(target: string): Refusal | undefined {
  if (!target.includes('/.') && !target.includes('%')) return undefined
  const path = pathOf(target)
  if (dotSegment.test(path)) return ambiguous('a path with . or .. as a segment (RFC 3986, 6.2.2.3)')
  return path.includes('%00') ? malformed('a path with an encoded NUL') : undefined
}

/** A name, IPv4 or bracketed IPv6 address, and perhaps a port: no list, no user, no path. */
const hostPattern = /^(?:[\w.~%!$&'()*+;=-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i

/** @param host of the Host field */
export function checkHost(host: string | undefined, minorVersion: 0 | 1, target: RequestTarget): Refusal | undefined {
  if (host === undefined) return minorVersion === 0 ? undefined : malformed('no Host field (RFC 9112, 3.2)')
  if (!hostPattern.test(host)) return malformed('a Host that is not host or host:port (RFC 9112, 3.2)')
  // RFC 9112, 3.2.2 lets the target win, but a server behind that lets Host win would be asked for something else.
  if (target.authority === undefined || sameHost(target.authority, host)) return undefined
  return ambiguous('a Host that is not the host of the target (RFC 9112, 3.2.2)')
}

function sameHost(one: string, other: string): boolean {
  return one === other || withPort(one) === withPort(other)
}

function withPort(host: string): string {
  return (/:\d+$/.test(host) ? host : `${host}:80`).toLowerCase()
}
