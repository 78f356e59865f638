/**
 * What a key tells about itself. The option tables of the READMEs, the JSON Schema and `print-config` take
 * their words from here, so there is no other place to document a key.
 */
import type * as v from 'valibot'
import type { AnySchema } from './custom-schema.ts'

export interface KeyDocument {
  /** What the key does, as a sentence: `Waits this long before ...`. */
  readonly does: string
  /** When to change it from its default, and in which direction. */
  readonly change?: string
  /** The range that makes sense, where the type does not say it. */
  readonly range?: string
  /** What others call it: `{ Envoy: 'per_try_timeout' }`. */
  readonly elsewhere?: Readonly<Record<string, string>>
  /** A value as one would write it. */
  readonly example?: unknown
  /** The value is a secret even when it stands in the file itself: never printed. */
  readonly secret?: boolean
}

interface Document {
  readonly kind: 'metadata'
  readonly type: 'podmates_document'
  readonly document: KeyDocument
}

/** Attaches a key's documentation to its schema: `described(v.optional(duration(), '5s'), { does: ... })`. */
export function described<Schema extends AnySchema>(schema: Schema, document: KeyDocument): Schema {
  const item: Document = { kind: 'metadata', type: 'podmates_document', document }
  return { ...schema, pipe: [...pipeOf(schema), item] }
}

/** The documentation of a key; undefined where there is none. */
export function documentOf(schema: AnySchema): KeyDocument | undefined {
  const documents = pipeOf(schema).filter((item): item is Document => item.type === 'podmates_document')
  return documents.at(-1)?.document
}

function pipeOf(schema: AnySchema): readonly (v.PipeItem<unknown, unknown, v.BaseIssue<unknown>> | Document)[] {
  return 'pipe' in schema ? (schema.pipe as []) : [schema]
}
