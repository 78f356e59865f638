/**
 * What a key tells about itself. The option tables of the READMEs, the JSON Schema and `print-config` take
 * their words from here, so there is no other place to document a key.
 */
import type * as v from 'valibot'
import { type AnySchema, isOptional } from './custom-schema.ts'

/** Everything that is said about one key. */
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

/** The type of the pipe item that holds a `KeyDocument`. */
export const keyDocumentType = 'podmates_document'

interface Document {
  readonly kind: 'metadata'
  readonly type: typeof keyDocumentType
  readonly document: KeyDocument
}

/** Attaches a key's documentation to its schema: `described(v.optional(duration(), '5s'), { does: ... })`. */
export function described<Schema extends AnySchema>(schema: Schema, document: KeyDocument): Schema {
  const item: Document = { kind: 'metadata', type: keyDocumentType, document }
  return { ...schema, pipe: [...pipeOf(schema), item] }
}

/** The documentation of a key, also when it stands under `v.optional` or in a pipe; undefined where there is none. */
export function documentOf(schema: AnySchema): KeyDocument | undefined {
  for (const item of pipeOf(schema).toReversed()) {
    if (isDocument(item)) return item.document
    const inner = item === schema || item.kind !== 'schema' ? undefined : documentOf(item as AnySchema)
    if (inner !== undefined) return inner
  }
  return isOptional(schema) ? documentOf(schema.wrapped) : undefined
}

type Item = v.PipeItem<unknown, unknown, v.BaseIssue<unknown>> | Document

function pipeOf(schema: AnySchema): readonly Item[] {
  return 'pipe' in schema ? (schema.pipe as readonly Item[]) : [schema]
}

function isDocument(item: Item): item is Document {
  return item.type === keyDocumentType
}
