/**
 * What must never be seen: values under keys with a secret's name, and passwords in URLs. The loader knows
 * more (keys that the schema marks, `${file:}`), but a file that is broken has only its text to go by.
 */
import type { Range } from './finding.ts'

export const redacted = '[redacted]'

const secretWord =
  'pass?wo?r?d|passphrase|secret|token|credential|authorization|cookie|(?:api|access|private|signing|encryption)[-_]?key'

/** `tokenUrl` and `password_file` say where a secret is, not what it is. */
const secretName = new RegExp(`(?:${secretWord})(?!.*(?:url|uri|file|path|dir|name|ttl)$)`, 'i')

/** Whether a key or a variable of this name holds a secret: `DB_PASSWORD`, `clientSecret`, `Authorization`. */
export function isSecretName(name: string): boolean {
  return secretName.test(name)
}

/** Up to the last `@` of the URL: an unescaped `@` or `/` before it belongs to the password. */
const urlPassword = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"'\\]*:)([^\s"'\\]*)(?=@[^\s@"'\\]*)/gi

/** Where the passwords of the URLs in a text stand. A reference such as `${file:/x}` is none: it shows nothing. */
export function urlPasswords(text: string): Range[] {
  return [...text.matchAll(urlPassword)]
    .map(({ index, 1: before = '', 2: password = '' }) => rangeAt(index + before.length, password.length))
    .filter(({ from, to }) => to > from && !isReference(text.slice(from, to)))
}

/** `key: value`, up to the end of the line or of the entry in a flow collection. */
const entry = /([\w.-]+)(["']?\s*[:=]\s*)("[^"]*"?|'[^']*'?|[^\s"'{}[\],][^,}\]]*)/g

/** Where a line of an unreadable file may show a secret, judged by the names of its keys. */
export function suspiciousValues(line: string): Range[] {
  return [...line.matchAll(entry)]
    .filter(({ 1: name = '', 3: value = '' }) => isSecretName(name) && !isHarmless(value.trim()))
    .map(({ index, 1: name = '', 2: between = '', 3: value = '' }) =>
      rangeAt(index + name.length + between.length, value.trimEnd().length),
    )
}

function isHarmless(value: string): boolean {
  return /^(true|false|null|~|\d{1,3})$/.test(value) || isReference(value.replace(/^["']|["']$/g, ''))
}

/** `${NAME}` or `${file:/path}` and nothing else; a default would show. */
function isReference(text: string): boolean {
  return /^\$\{(\w+|file:[^{}]*)\}$/.test(text)
}

function rangeAt(from: number, length: number): Range {
  return { from, to: from + length }
}

/** A text with the passwords in its URLs replaced. */
export function redactUrls(text: string): string {
  return redactRanges(text, urlPasswords(text)).text
}

/** A text with pieces of it replaced by `[redacted]`, and where an offset of the old text is in the new one. */
export interface RedactedText {
  readonly text: string
  /** An offset within a replaced piece leads to its start, or to its end with `end`. */
  readonly moved: (offset: number, edge: 'start' | 'end') => number
}

/** Replaces pieces of a text. @param ranges in any order; they may overlap and reach beyond the text */
export function redactRanges(text: string, ranges: readonly Range[]): RedactedText {
  const pieces = merged(ranges, text.length)
  let result = ''
  let end = 0
  for (const { from, to } of pieces) {
    result += text.slice(end, from) + redacted
    end = to
  }
  return {
    text: result + text.slice(end),
    moved: (offset, edge) => {
      let shift = 0
      for (const { from, to } of pieces) {
        if (offset >= to) shift += redacted.length - (to - from)
        else if (offset > from) return from + shift + (edge === 'end' ? redacted.length : 0)
      }
      return offset + shift
    },
  }
}

function merged(ranges: readonly Range[], length: number): Range[] {
  const result: Range[] = []
  for (const range of [...ranges].sort((a, b) => a.from - b.from)) {
    const from = Math.max(0, range.from)
    const to = Math.min(length, range.to)
    const last = result.at(-1)
    if (to <= from) continue
    if (last !== undefined && from < last.to) result.splice(-1, 1, { from: last.from, to: Math.max(last.to, to) })
    else result.push({ from, to })
  }
  return result
}
