/**
 * Walking a schema beside a value: which schema reads the value at a path, and whether it holds a secret.
 * Knows the schemas of this room (`block`, `named`, `list`, `byShape`, value types) in any pipe.
 */
import { type ConditionalDefaults, defaultsWithType } from './block.ts'
import { schemaForShape } from './by-shape.ts'
import { type AnySchema, isOptional } from './custom-schema.ts'
import type { Path } from './define-config.ts'
import { documentOf } from './described.ts'

/** What lies under pipes and `v.optional`: the schema that looks at the value first. */
export function coreOf(schema: AnySchema): AnySchema {
  const [first] = 'pipe' in schema ? (schema.pipe as readonly AnySchema[]) : []
  if (first !== undefined && first !== schema) return coreOf(first)
  return isOptional(schema) ? coreOf(schema.wrapped) : schema
}

/** The entries of a block; undefined for anything else. */
export function entriesOf(schema: AnySchema): Readonly<Record<string, AnySchema>> | undefined {
  const core = coreOf(schema)
  return core.type === 'strict_object' ? (core as unknown as { entries: Record<string, AnySchema> }).entries : undefined
}

/** The schema of the values in a block of named entries; undefined for anything else. */
export function namedValueOf(schema: AnySchema): AnySchema | undefined {
  const core = coreOf(schema)
  return core.type === 'record' ? (core as unknown as { value: AnySchema }).value : undefined
}

/** The schema of the items of a list; undefined for anything else. */
export function itemOf(schema: AnySchema): AnySchema | undefined {
  const core = coreOf(schema)
  return core.type === 'array' ? (core as unknown as { item: AnySchema }).item : undefined
}

/** The schemas of a value that may be written in several shapes; undefined for anything else. */
export function shapesOf(schema: AnySchema): readonly AnySchema[] | undefined {
  const core = coreOf(schema)
  return 'shapes' in core ? Object.values(core.shapes as Record<string, AnySchema>) : undefined
}

/** Like `coreOf`, and with the shape chosen that reads this value. */
export function readerOf(schema: AnySchema, value: unknown): AnySchema | undefined {
  const core = coreOf(schema)
  const chosen = 'shapes' in core ? schemaForShape(core.shapes as object, value) : core
  return chosen === undefined || chosen === core ? chosen : readerOf(chosen, value)
}

/** The schema of one entry of a value; undefined when the schema does not know it. */
export function childOf(schema: AnySchema, value: unknown, step: string | number): AnySchema | undefined {
  const reader = readerOf(schema, value)
  if (reader === undefined) return undefined
  const entries = entriesOf(reader)
  if (entries !== undefined) return Object.hasOwn(entries, String(step)) ? entries[String(step)] : undefined
  return namedValueOf(reader) ?? itemOf(reader)
}

/** The schema at a path of a value, with whether that place is a secret by its schema. */
export function schemaAt(root: AnySchema, value: unknown, path: Path): { schema?: AnySchema; isSecret: boolean } {
  let schema: AnySchema | undefined = root
  let current = value
  let isSecret = isMarkedSecret(root)
  for (const step of path) {
    schema = schema === undefined ? undefined : childOf(schema, current, step)
    if (schema === undefined) return { isSecret }
    isSecret ||= isMarkedSecret(schema)
    current = typeof current === 'object' && current !== null ? (current as Record<string, unknown>)[step] : undefined
  }
  return { schema, isSecret }
}

/** The default of a key of a block as one would write it, where another key decides whether there is one. */
export function conditionalDefault(schema: AnySchema, value: object, key: string): unknown {
  const items = 'pipe' in schema ? (schema.pipe as readonly { type: string; defaults?: ConditionalDefaults }[]) : []
  const defaults = items.find(({ type }) => type === defaultsWithType)?.defaults
  return defaults !== undefined && Object.hasOwn(value, defaults.beside) ? defaults.presets[key] : undefined
}

/** Whether the key of a schema is described as a secret. */
export function isMarkedSecret(schema: AnySchema): boolean {
  return documentOf(schema)?.secret === true
}
