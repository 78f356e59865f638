/**
 * Env files, as Docker, Compose, systemd and the dotenv libraries read them: `NAME=value` per line, comments, an
 * optional `export`, and quoted values that may span lines. Only what all of them refuse is refused here.
 */
import type { Flaw } from '../render/parse-text.ts'

const assignment = /^\s*(?:export\s+)?[A-Za-z_][A-Za-z0-9_.-]*\s*=\s*(.*)$/s

/** @returns undefined when the text is an env file. Never throws. */
export function envFlaw(text: string): Flaw | undefined {
  const lines = text.split(/\r?\n/)
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    if (/^\s*(#|$)/.test(line)) continue
    const value = assignment.exec(line)?.[1]
    if (value === undefined) return flaw('expected NAME=value', index)
    const quote = /^["']/.exec(value)?.[0]
    if (quote === undefined) continue
    const end = lineOfClosingQuote(lines, index, value.slice(1), quote)
    if (end === undefined) return flaw('a quoted value that does not end', index)
    index = end
  }
  return undefined
}

/** @returns the index of the line on which the value that began at line `from` ends */
function lineOfClosingQuote(lines: readonly string[], from: number, rest: string, quote: string): number | undefined {
  for (let index = from; index < lines.length; index += 1) {
    const text = index === from ? rest : (lines[index] ?? '')
    // In double quotes a backslash takes the meaning from what follows it; in single quotes it is a character.
    const plain = quote === '"' ? text.replace(/\\./g, '') : text
    if (plain.includes(quote)) return index
  }
  return undefined
}

function flaw(what: string, index: number): Flaw {
  return { reason: `is not a valid env file: ${what}`, place: { line: index + 1, column: 1 } }
}
