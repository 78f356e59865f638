/**
 * Java properties. Nearly every text is one (`java.util.Properties.load`): the only thing that it refuses is a
 * `\u` without four hex digits behind it. A NUL is refused here, too: it is the mark of a binary file.
 */
import type { Flaw } from '../render/parse-text.ts'

/** @returns undefined when the text is a properties file. Never throws. */
export function propertiesFlaw(text: string): Flaw | undefined {
  const lines = text.split(/\r\n|\r|\n/)
  for (const [index, line] of lines.entries()) {
    if (line.includes('\0')) return flaw('a NUL byte', index, line.indexOf('\0'))
    const broken = /^\s*[#!]/.test(line) ? undefined : badEscape(line)
    if (broken !== undefined) return flaw('\\u without four hex digits', index, broken)
  }
  return undefined
}

/** Two backslashes are one character, so escapes are read in pairs. */
function badEscape(line: string): number | undefined {
  for (const match of line.matchAll(/\\(.)([0-9a-fA-F]{4})?/g)) {
    if (match[1] === 'u' && match[2] === undefined) return match.index
  }
  return undefined
}

function flaw(what: string, index: number, offset: number): Flaw {
  return { reason: `is not a valid properties file: ${what}`, place: { line: index + 1, column: offset + 1 } }
}
