/**
 * Reads the field lines of a head: requests, responses and trailers have the same ones. A proxy must
 * understand nine fields; all others are checked for their bytes and copied as they came.
 *
 * Hot: one pass over a latin1 string, no object per field, and what is passed on is cut out as slices
 * between the lines that are not. A map of fields costs three times as much (node:http, 45-90 us against
 * 16-30 us of user time per request; test/bench/ambassador).
 * Safe: every byte is looked up in a table before its line counts.
 */
import { colon, cr, fieldValueBytes, lf, space, tab, tokenBytes } from './octets.ts'
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
}

/** The lengths of the names that are compared at all; for others no string is made. */
const lengthsThatMatter = Uint8Array.from({ length: 64 }, (_, length) =>
  ['te', 'host', 'expect', 'trailer', 'upgrade', 'connection', 'keep-alive', 'content-length', 'proxy-connection']
    .concat('transfer-encoding')
    .some((name) => name.length === length)
    ? 1
    : 0,
)

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
    if (lengthsThatMatter[nameEnd - at] === 1) {
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
  return block.connection === '' ? block : withoutNominated(block)
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
      block.host = valueIn(text, from, to)
      return 'pass'
    case 'content-length':
      if (block.contentLength !== undefined) return ambiguous('two Content-Length fields (RFC 9112, 6.3)')
      block.contentLength = valueIn(text, from, to)
      return 'pass'
    case 'transfer-encoding':
      if (block.transferEncoding !== undefined) return ambiguous('two Transfer-Encoding fields')
      block.transferEncoding = valueIn(text, from, to)
      return 'hop'
    case 'content_length':
    case 'transfer_encoding':
      return ambiguous('an underscore in the name of a framing field, which some servers read as a hyphen')
    case 'connection': {
      const options = valueIn(text, from, to).toLowerCase()
      block.connection = block.connection === '' ? options : `${block.connection},${options}`
      return 'hop'
    }
    case 'expect':
      if (block.expect !== undefined) return ambiguous('two Expect fields')
      block.expect = valueIn(text, from, to).toLowerCase()
      return 'pass'
    case 'upgrade':
      block.upgrade = valueIn(text, from, to)
      return 'hop'
    // A trailer section is read and dropped, so its announcement goes too.
    case 'trailer':
    case 'te':
    case 'keep-alive':
    case 'proxy-connection':
      return 'hop'
    default:
      return 'pass'
  }
}

const knownOptions = new Set(['', 'close', 'keep-alive', 'upgrade', 'te', 'trailer', 'proxy-connection'])

/** Without these a message means something else, so no client may ask to have them removed. */
const neverNominated = new Set(['host', 'content-length', 'transfer-encoding', 'expect', 'authorization', 'cookie'])

const optionPattern = /^[!#$%&'*+\-.^_`|~0-9a-z]*$/

/** Removes the fields that a Connection option names as meant for this connection only. */
function withoutNominated(block: FieldBlock): FieldBlock | Refusal {
  const nominated = optionsOf(block.connection).filter((option) => !knownOptions.has(option))
  if (nominated.length === 0) return block
  if (!nominated.every((option) => optionPattern.test(option))) return malformed('a Connection option that is no token')
  if (nominated.some((option) => neverNominated.has(option))) {
    return ambiguous('a Connection option that would remove a field the message cannot do without (RFC 9110, 7.6.1)')
  }
  const lines = block.passed.split('\r\n').slice(0, -1)
  const kept = lines.filter((line) => !nominated.includes(line.slice(0, line.indexOf(':')).toLowerCase()))
  block.passed = kept.map((line) => `${line}\r\n`).join('')
  return block
}

/** @param connection as in FieldBlock */
export function hasOption(connection: string, option: 'close' | 'keep-alive' | 'upgrade'): boolean {
  return connection === option || (connection.length > option.length && optionsOf(connection).includes(option))
}

function optionsOf(connection: string): string[] {
  return connection.split(',').map((option) => valueIn(option, 0, option.length))
}

/** The value without the spaces and tabs around it; not `trim()`, which takes 0xA0 for a space too. */
function valueIn(text: string, from: number, to: number): string {
  let first = from
  let end = to
  while (first < end && isBlank(text.charCodeAt(first))) first += 1
  while (end > first && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(first, end)
}

function isBlank(byte: number): boolean {
  return byte === space || byte === tab
}
