/** What must never be seen: passwords and tokens in URLs, and whatever else the loader finds to be secret. */
import { isSecretName } from '../log/secret-name.ts'
import type { Range } from './finding.ts'

export const redacted = '[redacted]'

/** Up to the last `@` of the URL: an unescaped `@` or `/` before it belongs to the password. */
const urlPassword = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"'\\]*:)([^\s"'\\]*)(?=@[^\s@"'\\]*)/gi

/** `?token=...`, `&api_key=...`, `#access_token=...`; a quote that something follows belongs to the value. */
const urlParameter = /([?&;#]([\w.~%+-]+)=)((?:[^\s&;#"'\\]|'(?=[^\s&;#,}\]"']))*)/g

/**
 * Where the secrets of the URLs in a text stand: passwords, and parameters with the name of a secret, also those of a
 * path without its host. A reference such as `${file:/x}` is none: it shows nothing.
 */
export function urlSecrets(text: string): Range[] {
  const parameters = [...text.matchAll(urlParameter)].filter(({ 2: name = '' }) => isSecretName(name))
  return [
    ...[...text.matchAll(urlPassword)].map(({ index, 1: before = '', 2: password = '' }) =>
      rangeAt(index + before.length, password.length),
    ),
    ...parameters.map(({ index, 1: before = '', 3: value = '' }) => rangeAt(index + before.length, value.length)),
  ].filter(({ from, to }) => to > from && !isReference(text.slice(from, to)))
}

/** Whether a text is `${NAME}` or `${file:/path}` and nothing else: it shows nothing, while a default would. */
export function isReference(text: string): boolean {
  return /^\$\{(\w+|file:[^{}]*)\}$/.test(text)
}

function rangeAt(from: number, length: number): Range {
  return { from, to: from + length }
}

/** A text with the secrets in its URLs replaced. */
export function redactUrls(text: string): string {
  return redactRanges(text, urlSecrets(text)).text
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
