/** What is found while a manifest is read, besides its result: mistakes, and what will not be imitated. */
import * as v from 'valibot'
import { notImitated } from './api-schema.ts'
import { type ApiDocument, formatPath, type Path } from './place.ts'

export interface Findings {
  /** Each keeps the Pod from being run; `file:line:column path: expected .., found ..`. */
  readonly problems: string[]
  /** The Pod is run without these; `file:line:column path is not imitated`. */
  readonly notImitated: string[]
}

/** A place in a document, to which findings can be pinned. */
export class Spot {
  readonly #document: ApiDocument
  readonly #path: Path
  readonly #findings: Findings

  constructor(document: ApiDocument, findings: Findings, path: Path = []) {
    this.#document = document
    this.#findings = findings
    this.#path = path
  }

  /** The place of a key or an index below this one. */
  at(...keys: Path): Spot {
    return new Spot(this.#document, this.#findings, [...this.#path, ...keys])
  }

  /** @param sentence `expected .., found ..`, and what to do */
  problem(sentence: string): void {
    this.#findings.problems.push(`${this.#document.place(this.#path)} ${formatPath(this.#path)}: ${sentence}`)
  }

  /** @param sentence what is done in its place, when that is not nothing */
  leftOut(sentence = ''): void {
    const { notImitated: all } = this.#findings
    const plain = `${this.#document.place(this.#path)} ${formatPath(this.#path)} ${notImitated}`
    if (sentence === '') all.push(plain)
    else all.splice(all.includes(plain) ? all.indexOf(plain) : all.length, 1, `${plain}: ${sentence}`)
  }

  /** Checks the whole document against a schema. @returns undefined after a mistake, which was taken down */
  check<Schema extends v.GenericSchema>(schema: Schema): v.InferOutput<Schema> | undefined {
    const result = v.safeParse(schema, this.#document.value)
    const issues: readonly v.BaseIssue<unknown>[] = result.issues ?? []
    for (const issue of issues) {
      const spot = this.at(...(issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key))))
      if (issue.message === notImitated) spot.leftOut()
      else spot.problem(sentenceOf(issue))
    }
    return result.typed ? result.output : undefined
  }
}

/** Schemas with a message of their own say "expected .."; the others are told in the words of a manifest. */
function sentenceOf({ type, message, expected, input, requirement }: v.BaseIssue<unknown>): string {
  if (input === undefined) return 'expected a value, found nothing'
  if (message.startsWith('expected')) return `${message}, found ${shown(input)}`
  switch (type) {
    case 'min_value':
    case 'max_value':
      return `expected ${requirement} or ${type === 'min_value' ? 'more' : 'less'}, found ${shown(input)}`
    case 'min_length':
      return `expected at least ${requirement}, found ${shown(input)}`
    case 'integer':
      return `expected a whole number, found ${shown(input)}`
    default:
      return `expected ${inWords(expected ?? 'another value')}, found ${shown(input)}`
  }
}

const wordOf: Readonly<Record<string, string>> = {
  Array: 'a list',
  Object: 'keys and values',
  boolean: 'true or false',
  number: 'a number',
  string: 'text',
}

/** @param expected the schema library's own notation: `(string | number)`, `("Always" | "Never")` */
function inWords(expected: string): string {
  const choices = expected.replaceAll(/^\(|\)$/g, '').split(' | ')
  const words = choices.map((choice) => wordOf[choice] ?? choice.replaceAll('"', ''))
  return [words.slice(0, -1).join(', '), words.at(-1)].filter(Boolean).join(' or ')
}

function shown(input: unknown): string {
  if (Array.isArray(input)) return input.length === 0 ? 'an empty list' : 'a list'
  if (typeof input === 'object' && input !== null) return 'keys and values'
  return JSON.stringify(input)
}
