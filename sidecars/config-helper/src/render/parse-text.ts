/**
 * Reads the text formats that configuration comes in, strictly, and says where they break. What stood there is
 * never repeated: the parsers' own messages quote the file, and the file may hold secrets.
 */
import { type Document, LineCounter, parseAllDocuments } from 'yaml'
import { aliasTargets } from './aliases.ts'
import type { Place } from './fault.ts'

/** Why a text is not what it should be, in words that fit behind its name. */
export interface Flaw {
  readonly reason: string
  readonly place?: Place
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | ({ readonly ok: false } & Flaw)

/** Bytes as UTF-8, without a byte order mark. */
export function parseUtf8(bytes: Uint8Array): Parsed<string> {
  try {
    return { ok: true, value: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { ok: false, reason: 'is not UTF-8' }
  }
}

/** Strict JSON (RFC 8259). */
export function parseJson(text: string): Parsed<unknown> {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch (error) {
    const place = jsonPlace(error)
    return { ok: false, reason: 'is not valid JSON', ...(place && { place }) }
  }
}

/**
 * YAML 1.2, any number of documents, each scalar with its notation as it stands (`0640`, `1.10`, `yes`): what a
 * scalar means is the app's business, and the parsers of its language differ.
 */
export function parseYaml(text: string): Parsed<readonly Document[]> {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { schema: 'failsafe', prettyErrors: false, lineCounter: lines })
  if ('empty' in documents) return { ok: true, value: [] }
  for (const document of documents) {
    const [error] = document.errors
    const problem =
      error === undefined ? unknownAlias(document) : { offset: error.pos[0], detail: detailOf(error.code) }
    if (problem === undefined) continue
    const { line, col } = lines.linePos(problem.offset)
    return { ok: false, reason: `is not valid YAML: ${problem.detail}`, place: { line, column: col } }
  }
  return { ok: true, value: documents }
}

/** The parser leaves aliases unresolved; one without its anchor is an error in every YAML library that loads it. */
function unknownAlias(document: Document): { offset: number; detail: string } | undefined {
  for (const [alias, target] of aliasTargets(document)) {
    if (target === undefined) return { offset: alias.range?.[0] ?? 0, detail: 'an alias without its anchor' }
  }
  return undefined
}

const detailOfCode: Readonly<Record<string, string>> = {
  BAD_INDENT: 'a line that is not indented as it should be, or a bracket that is not closed',
  BLOCK_AS_IMPLICIT_KEY: 'a value that holds ": " without quotes, or a line that is indented too far',
  DUPLICATE_KEY: 'a key that stands there twice',
  MISSING_CHAR: 'a colon, comma, quote or bracket is missing',
  MULTILINE_IMPLICIT_KEY: 'a key without a colon',
  TAB_AS_INDENT: 'a tab where spaces are needed',
}

/** The library's code in words. */
function detailOf(code: string): string {
  return detailOfCode[code] ?? code.toLowerCase().replaceAll('_', ' ')
}

/** V8 adds `(line 1 column 5)` to most of its messages, and quotes the text before it. */
function jsonPlace(error: unknown): Place | undefined {
  const [, line, column] = /\(line (\d+) column (\d+)\)$/.exec(String(error)) ?? []
  return line === undefined || column === undefined ? undefined : { line: Number(line), column: Number(column) }
}
