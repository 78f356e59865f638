/**
 * Secrets in a file that is no YAML: there is no tree to tell what belongs to which key, but the line with the
 * mistake is still to be shown. Names and indentation tell enough, and a guess too many only hides more.
 */
import type { Range } from './finding.ts'
import { isReference } from './redaction.ts'

/** Whether a key of this name holds a secret. */
export type IsSecretKey = (name: string) => boolean

/**
 * The pieces of one line that may be secret, as places in the text.
 * @param line where the line stands, without its line break
 */
export function guessedSecrets(text: string, line: Range, isSecretKey: IsSecretKey): Range[] {
  const raw = text.slice(line.from, line.to)
  const indent = indentOf(raw)
  if (looksLikeKeyMaterial(raw) || isBelowSecret(text, line.from, indent, isSecretKey)) {
    return [{ from: line.from + indent, to: line.to }]
  }
  const values = [...raw.matchAll(entry)].filter(
    ([, name = '', , value = '']) => isSecretKey(name) && !isHarmless(value.trim()),
  )
  const defaults = [...raw.matchAll(defaultValue)].filter(([, name = '']) => isSecretKey(name))
  return [...values, ...defaults].map(({ index, 1: name = '', 2: between = '', 3: value = '' }) => {
    const from = line.from + index + name.length + between.length
    return { from, to: from + value.trimEnd().length }
  })
}

/** `${NAME:-default}`, without its beginning. */
const defaultValue = /(?<=\$\{)(\w+)(:-)([^}]*)/g

/** `key: value`, up to the end of the line or of the entry in a flow collection. */
const entry = /([\w.-]+)(["']?\s*[:=]\s*)("[^"]*"?|'[^']*'?|(?:\$\{[^}]*\}|[^\s"'{}[\],])(?:\$\{[^}]*\}|[^,}\]])*)/g

function isHarmless(value: string): boolean {
  return /^(true|false|null|~|\d{1,3})$/.test(value) || isReference(value.replace(/^["']|["']$/g, ''))
}

/** A line of a certificate or a key, as it stands in a block of text. */
function looksLikeKeyMaterial(line: string): boolean {
  return /^\s*[A-Za-z0-9+/=]{40,}\s*$/.test(line)
}

/** Whether a line is part of the value of a key above it that is indented less: `key: |`, and the text below. */
function isBelowSecret(text: string, lineStart: number, indent: number, isSecretKey: IsSecretKey): boolean {
  let least = indent
  for (let end = lineStart - 1; end >= 0 && least > 0; ) {
    // lastIndexOf takes -1 for 0, which would find the line break itself again, for ever.
    const start = end === 0 ? 0 : text.lastIndexOf('\n', end - 1) + 1
    const raw = text.slice(start, end)
    if (raw.trim() !== '' && indentOf(raw) < least) {
      least = indentOf(raw)
      const [, name] = /^\s*(?:[-?] +)*["']?([\w.-]+)["']?\s*:/.exec(raw) ?? []
      if (name !== undefined && isSecretKey(name)) return true
    }
    end = start - 1
  }
  return false
}

function indentOf(line: string): number {
  return /^\s*/.exec(line)?.[0].length ?? 0
}
