/**
 * What the app must answer: `{{ hash }}`, or text around it. `{{ hash }}` is the sha256 of the first file of the
 * output, `{{ hash "routes.json" }}` that of a named one, both over the bytes that the app reads.
 */
import { type ValueType, valueType } from '@podmates/shared/config/value-type.ts'
import { fileHash, type Generation } from '../publish/generation.ts'

/** A text with places for hashes, read once. */
export interface Expectation {
  /** As it was written. */
  readonly text: string
  readonly pieces: readonly Piece[]
}

/** Literal text, or the hash of a file; without a name, of the first. */
type Piece = { readonly literal: string } | { readonly hashOf: string | undefined }

const placeholder = /\{\{\s*hash(?:\s+"([^"]+)")?\s*\}\}/g

/** @returns undefined when it holds a `{{ ... }}` that is not understood. Never throws. */
export function parseExpectation(text: string): Expectation | undefined {
  const pieces: Piece[] = []
  let end = 0
  for (const match of text.matchAll(placeholder)) {
    pieces.push({ literal: text.slice(end, match.index) }, { hashOf: match[1] })
    end = match.index + match[0].length
  }
  pieces.push({ literal: text.slice(end) })
  const isUnderstood = pieces.every((piece) => !('literal' in piece) || !/\{\{|\}\}/.test(piece.literal))
  return isUnderstood ? { text, pieces } : undefined
}

/** The files that an expectation names. */
export function filesNamedBy({ pieces }: Expectation): readonly string[] {
  return pieces.flatMap((piece) => ('hashOf' in piece && piece.hashOf !== undefined ? [piece.hashOf] : []))
}

/** @returns what the app must answer; undefined when a named file is not in the generation */
export function expectedOf({ pieces }: Expectation, generation: Generation): string | undefined {
  let text = ''
  for (const piece of pieces) {
    const part = 'literal' in piece ? piece.literal : fileHash(generation, piece.hashOf)
    if (part === undefined) return undefined
    text += part
  }
  return text
}

/** An expectation in the configuration. */
export function expectation(): ValueType<Expectation> {
  return valueType({
    name: 'expected text',
    expects: 'a text such as "{{ hash }}" or \'{{ hash "routes.json" }}\'',
    read: (input) => {
      const value = parseExpectation(String(input))
      return value === undefined ? { ok: false } : { ok: true, value }
    },
    format: ({ text }) => text,
    json: { type: 'string' },
  })
}
