/** The Connection field: what a message says about one connection, and which fields it asks to have removed (RFC 9110, 7.6.1). */
import { space, tab } from './octets.ts'
import { ambiguous, malformed, type Refusal } from './refusal.ts'

/** Options that are understood here; the fields of their names are removed or written anew in any case. */
const knownOptions = new Set(['', 'close', 'keep-alive', 'upgrade', 'te', 'proxy-connection'])

/** Without these a message means something else. */
const neverNominated = new Set([
  ...['host', 'content-length', 'transfer-encoding', 'content-encoding', 'content-type', 'expect', 'trailer'],
  ...['authorization', 'cookie', 'set-cookie', 'origin', 'referer', 'idempotency-key'],
])

/** What proxies say about the client and the call: who could have it removed could pretend to be somebody else. */
const saidByProxies =
  /^(?:forwarded|via|traceparent|tracestate|baggage|x-(?:forwarded|real|client|request|envoy|amzn|b3)\b.*)$/

const optionPattern = /^[!#$%&'*+\-.^_`|~0-9a-z]*$/

/**
 * Removes the fields that a Connection option names as meant for this connection only.
 * @param fields lines, each with its CRLF
 * @param connection options of every Connection line, lower case, as a comma-separated list
 */
export function withoutNominated(fields: string, connection: string): string | Refusal {
  const nominated = optionsOf(connection).filter((option) => !knownOptions.has(option))
  if (nominated.length === 0) return fields
  if (!nominated.every((option) => optionPattern.test(option))) return malformed('a Connection option that is no token')
  if (nominated.some((option) => neverNominated.has(option) || saidByProxies.test(option))) {
    return ambiguous('a Connection option that would remove a field the message cannot do without (RFC 9110, 7.6.1)')
  }
  const lines = fields.split('\r\n').slice(0, -1)
  const kept = lines.filter((line) => !nominated.includes(line.slice(0, line.indexOf(':')).toLowerCase()))
  return kept.map((line) => `${line}\r\n`).join('')
}

/** @param list lower case, comma-separated: the options of a connection, or the codings of a TE */
export function hasOption(list: string, option: 'close' | 'keep-alive' | 'upgrade' | 'trailers'): boolean {
  return list === option || (list.length > option.length && optionsOf(list).includes(option))
}

function optionsOf(list: string): string[] {
  return list.split(',').map((option) => trimBlanks(option, 0, option.length))
}

/** The characters between two places without the spaces and tabs around them; not `trim()`, which takes 0xA0 for a space too. */
export function trimBlanks(text: string, from: number, to: number): string {
  let first = from
  let end = to
  while (first < end && isBlank(text.charCodeAt(first))) first += 1
  while (end > first && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(first, end)
}

function isBlank(byte: number): boolean {
  return byte === space || byte === tab
}
