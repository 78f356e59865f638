/**
 * Reads the field lines of a head: requests, responses and trailers have the same ones. A proxy must
 * understand a dozen fields; all others are checked for their bytes and copied as they came.
 *
 * Hot: one pass over a latin1 string, no object per field, and what is passed on is cut out as slices
 * between the lines that are not. A map of fields costs three times as much (node:http, 45-90 us against
 * 16-30 us of user time per request; test/bench/ambassador).
 * Safe: every byte is looked up in a table before its line counts.
 */
import { trimBlanks, withoutNominated } from './connection-options.ts'
import { envoyControls } from './envoy-controls.ts'
import { colon, cr, fieldValueBytes, lf, tokenBytes } from './octets.ts'
import { ambiguous, headTooLarge, malformed, type Refusal } from './refusal.ts'

/** What one block of field lines says to a proxy, and what of it goes on. Values are without the blanks around them. */
export interface FieldBlock {
  readonly ok: true
  /** The lines that go on to the other side, each with its CRLF: all but those meant for one connection only. */
  passed: string
  host: string | undefined
  contentLength: string | undefined
  transferEncoding: string | undefined
  /** Options of every Connection line, lower case, as a comma-separated list. */
  connection: string
  expect: string | undefined
  upgrade: string | undefined
  /** Lower case. */
  te: string | undefined
  keepAlive: string | undefined
  /** The first of each: milliseconds or a duration that the caller gives the request. */
  requestTimeout: string | undefined
  envoyTimeout: string | undefined
  /** Another field that steers an Envoy is there. */
  hasEnvoyControl: boolean
  retryAfter: string | undefined
  hasIdempotencyKey: boolean
}

const namesThatMatter = [
  ...['te', 'host', 'expect', 'upgrade', 'connection', 'keep-alive', 'content-length', 'content_length'],
  ...[
    'proxy-connection',
    'proxy-authorization',
    'transfer-encoding',
    'transfer_encoding',
    'retry-after',
    'idempotency-key',
  ],
  ...['x-request-timeout', 'x-envoy-upstream-rq-timeout-ms', ...envoyControls],
]

/** Lengths and first letters of the names that are compared at all; for others no string is made. */
const mayMatter = new Uint8Array(64 * 32)
for (const name of namesThatMatter) mayMatter[placeOf(name.length, name.charCodeAt(0))] = 1

/** The low five bits of a letter are the same in both cases. */
function placeOf(length: number, letter: number): number {
  return length * 32 + (letter & 31)
}

/**
 * @param text ends with the empty line of the head
 * @param from where the first field line begins
 * @param headersMax more lines than this are refused
 */
export function readFieldBlock(text: string, from: number, headersMax: number): FieldBlock | Refusal {
  const block: FieldBlock = {
    ok: true,
    passed: '',
    host: undefined,
    contentLength: undefined,
    transferEncoding: undefined,
    connection: '',
    expect: undefined,
    upgrade: undefined,
    te: undefined,
    keepAlive: undefined,
    requestTimeout: undefined,
    envoyTimeout: undefined,
    hasEnvoyControl: false,
    retryAfter: undefined,
    hasIdempotencyKey: false,
  }
  let lines = 0
  let keptFrom = from
  let at = from
  while (text.charCodeAt(at) !== cr) {
    lines += 1
    if (lines > headersMax) return headTooLarge(`more than ${headersMax} header fields`)
    const nameEnd = endOfName(text, at)
    if (nameEnd === at) return malformed('a header line that does not begin with a name (RFC 9112, 5)')
    if (text.charCodeAt(nameEnd) !== colon)
      return malformed('a header name with a byte it may not hold (RFC 9112, 5.1)')
    const valueEnd = endOfValue(text, nameEnd + 1)
    if (text.charCodeAt(valueEnd) !== cr || text.charCodeAt(valueEnd + 1) !== lf) {
      return malformed('a header value with a control character (RFC 9110, 5.5)')
    }
    const next = valueEnd + 2
    if (mayMatter[placeOf(nameEnd - at, text.charCodeAt(at))] === 1) {
      const verdict = note(block, text.slice(at, nameEnd).toLowerCase(), text, nameEnd + 1, valueEnd)
      if (verdict === 'hop') {
        block.passed += text.slice(keptFrom, at)
        keptFrom = next
      } else if (verdict !== 'pass') return verdict
    }
    at = next
  }
  if (at !== text.length - 2) return malformed('a carriage return without a line feed (RFC 9112, 2.2)')
  block.passed += text.slice(keptFrom, at)
  if (block.connection === '') return block
  const kept = withoutNominated(block.passed, block.connection)
  if (typeof kept !== 'string') return kept
  block.passed = kept
  return block
}

function endOfName(text: string, from: number): number {
  let at = from
  while (tokenBytes[text.charCodeAt(at)] === 1) at += 1
  return at
}

function endOfValue(text: string, from: number): number {
  let at = from
  while (fieldValueBytes[text.charCodeAt(at)] === 1) at += 1
  return at
}

/** Keeps what the proxy must know of one line. `hop`: the line is meant for this connection only (RFC 9110, 7.6.1). */
function note(block: FieldBlock, name: string, text: string, from: number, to: number): 'pass' | 'hop' | Refusal {
  switch (name) {
    case 'host':
      if (block.host !== undefined) return ambiguous('two Host fields (RFC 9112, 3.2)')
      block.host = trimBlanks(text, from, to)
      return 'pass'
    case 'content-length':
      if (block.contentLength !== undefined) return ambiguous('two Content-Length fields (RFC 9112, 6.3)')
      block.contentLength = trimBlanks(text, from, to)
      return 'pass'
    case 'transfer-encoding':
      if (block.transferEncoding !== undefined) return ambiguous('two Transfer-Encoding fields')
      block.transferEncoding = trimBlanks(text, from, to)
      return 'hop'
    case 'content_length':
    case 'transfer_encoding':
      return ambiguous('an underscore in the name of a framing field, which some servers read as a hyphen')
    case 'connection': {
      const options = trimBlanks(text, from, to).toLowerCase()
      block.connection = block.connection === '' ? options : `${block.connection},${options}`
      return 'hop'
    }
    case 'expect':
      if (block.expect !== undefined) return ambiguous('two Expect fields')
      block.expect = trimBlanks(text, from, to).toLowerCase()
      return 'pass'
    case 'upgrade':
      block.upgrade = joined(block.upgrade, trimBlanks(text, from, to))
      return 'hop'
    case 'te':
      block.te = joined(block.te, trimBlanks(text, from, to).toLowerCase())
      return 'hop'
    case 'keep-alive':
      block.keepAlive = trimBlanks(text, from, to)
      return 'hop'
    // Credentials for a proxy are for the first one, which asks for none and must not hand them to a stranger.
    case 'proxy-authorization':
    case 'proxy-connection':
      return 'hop'
    default:
      return noteForRetries(block, name, text, from, to)
  }
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before},${value}`
}

/** What a route may ask for later; these lines go on in any case. */
function noteForRetries(block: FieldBlock, name: string, text: string, from: number, to: number): 'pass' {
  switch (name) {
    case 'x-request-timeout':
      block.requestTimeout ??= trimBlanks(text, from, to)
      return 'pass'
    case 'x-envoy-upstream-rq-timeout-ms':
      block.envoyTimeout ??= trimBlanks(text, from, to)
      return 'pass'
    case 'retry-after':
      block.retryAfter ??= trimBlanks(text, from, to)
      return 'pass'
    case 'idempotency-key':
      block.hasIdempotencyKey = true
      return 'pass'
    default:
      if (envoyControls.has(name)) block.hasEnvoyControl = true
      return 'pass'
  }
}

/**
 * The value of a field that is asked for rarely: the first one of this name.
 * @param fields lines, each with its CRLF, as in `FieldBlock.passed`
 * @param name lower case
 */
export function fieldValue(fields: string, name: string): string | undefined {
  const at = nextOfName(fields, name, 0)
  return at < 0 ? undefined : valueAt(fields, name, at)
}

/** There is a field of this name, and each one has this value. Parameters as for `fieldValue`. */
export function hasOnlyValue(fields: string, name: string, value: string): boolean {
  let at = nextOfName(fields, name, 0)
  if (at < 0) return false
  for (; at >= 0; at = nextOfName(fields, name, fields.indexOf('\r\n', at) + 2)) {
    if (valueAt(fields, name, at) !== value) return false
  }
  return true
}

/** @returns where its line begins, -1 if there is none */
function nextOfName(fields: string, name: string, from: number): number {
  for (let at = from; at < fields.length; at = fields.indexOf('\r\n', at) + 2) {
    const colonAt = at + name.length
    if (fields.charCodeAt(colonAt) === colon && fields.slice(at, colonAt).toLowerCase() === name) return at
  }
  return -1
}

function valueAt(fields: string, name: string, at: number): string {
  return trimBlanks(fields, at + name.length + 1, fields.indexOf('\r\n', at))
}
