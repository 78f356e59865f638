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
    const more = sentence === '' ? '' : `: ${sentence}`
    this.#findings.notImitated.push(
      `${this.#document.place(this.#path)} ${formatPath(this.#path)} ${notImitated}${more}`.replace('  ', ' '),
    )
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

/** Schemas with a message of their own say "expected .."; the library tells the others. */
function sentenceOf({ message, expected, received, input }: v.BaseIssue<unknown>): string {
  if (input === undefined) return 'expected a value, found nothing'
  if (message.startsWith('expected')) return `${message}, found ${JSON.stringify(input)}`
  return `expected ${(expected ?? 'another value').replaceAll(/^\(|\)$/g, '')}, found ${received}`
}
