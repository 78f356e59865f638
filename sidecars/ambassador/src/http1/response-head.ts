/**
 * Reads the head of a response. As strict as for requests: an upstream that answers ambiguously could
 * answer the wrong client on a connection that is used again, so it becomes 502 and loses the connection.
 */
import { type BodyFraming, responseFraming } from './body-framing.ts'
import { hasOption } from './connection-options.ts'
import { readFieldBlock } from './field-block.ts'
import type { MessageLimits } from './message-limits.ts'
import { malformed, type Refusal, unknownVersion } from './refusal.ts'

export interface ResponseHead {
  readonly ok: true
  /** 100..599 */
  readonly status: number
  /** As HTTP/1.1, with its CRLF. */
  readonly statusLine: string
  /** The field lines that go to the client, each with its CRLF. */
  readonly fields: string
  readonly framing: BodyFraming
  /** The upstream will take another request on this connection. */
  readonly keepAlive: boolean
  /** How long the upstream keeps an idle connection, as its `Keep-Alive: timeout=` says. */
  readonly keepAliveMs: number | undefined
  /** `Retry-After` as it came. */
  readonly retryAfter: string | undefined
  /** The protocol that a 101 changes to, or that the upstream would rather speak. */
  readonly upgrade: string | undefined
}

/**
 * @param text a head from its first byte to its empty line, as latin1
 * @param asked the request that it answers; the answer to a HEAD has no body
 */
export function readResponseHead(text: string, asked: 'head' | 'other', limits: MessageLimits): ResponseHead | Refusal {
  const lineEnd = text.indexOf('\r\n') + 2
  const statusLine = text.slice(0, lineEnd)
  const match = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?\r\n$/.exec(statusLine)
  if (match === null) return wrongStatusLine(statusLine)
  const minorVersion = match[1] === '1' ? 1 : 0
  const status = Number(match[2])

  const block = readFieldBlock(text, lineEnd, limits.headersMax)
  if (!block.ok) return block
  const framing = responseFraming(block, minorVersion, { status, toHead: asked === 'head' })
  if ('ok' in framing) return framing
  return {
    ok: true,
    status,
    statusLine: minorVersion === 1 ? statusLine : statusLine.replace('HTTP/1.0', 'HTTP/1.1'),
    fields: status === 204 || status < 200 ? withoutLength(block.passed) : block.passed,
    framing,
    keepAlive: minorVersion === 1 && framing.kind !== 'until-close' && !hasOption(block.connection, 'close'),
    keepAliveMs: block.keepAlive === undefined ? undefined : keepAliveMsOf(block.keepAlive),
    retryAfter: block.retryAfter,
    upgrade: block.upgrade !== undefined && hasOption(block.connection, 'upgrade') ? block.upgrade : undefined,
  }
}

function wrongStatusLine(line: string): Refusal {
  if (/^HTTP\/(?!1\.[01])\d\.\d /.test(line)) return unknownVersion('a response that is not HTTP/1.0 or HTTP/1.1')
  return malformed('a status line that is not HTTP/1.1, a status from 100 to 599 and a reason (RFC 9112, 4)')
}

/** A length may not stand where a body cannot be (RFC 9110, 8.6), yet servers send `Content-Length: 0` with 204. */
function withoutLength(fields: string): string {
  return fields.replace(/^content-length:.*\r\n/im, '')
}

/** Seconds in the field that most servers send and RFC 2068, 19.7.1.1 described. */
function keepAliveMsOf(value: string): number | undefined {
  const seconds = /(?:^|[,\s])timeout=(\d{1,6})(?:$|[,\s])/i.exec(value)?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1000
}
