/**
 * Blocks of keys. Unlike valibot's `strictObject`, a block reports every unknown key, not the first one, and
 * says which keys are allowed, so that the loader can offer the nearest.
 */
import * as v from 'valibot'
import { type AnySchema, customSchema, type Dataset, isOptional } from './custom-schema.ts'
import { nearestWord } from './nearest-word.ts'
import { addIssues, refusalOf, refuse } from './refusal.ts'
import { isReserved } from './reserved.ts'

export type Block<Entries extends v.ObjectEntries> = v.StrictObjectSchema<Entries, undefined>

/** A block of known keys: anything else is an error. A key is needed unless its schema is `v.optional(schema, default)`. */
export function block<const Entries extends v.ObjectEntries>(entries: Entries): Block<Entries> {
  return customSchema(
    {
      type: 'strict_object',
      expects: 'Object',
      run: (dataset, config) => {
        const input = dataset.value
        if (!isMap(input)) return refuse(dataset, { code: 'PM0110', expected: 'a block of keys' })
        return runBlock(entries, input, config)
      },
    },
    { entries, message: undefined },
  )
}

type Entries = Readonly<Record<string, AnySchema>>

function runBlock(entries: Entries, input: Record<string, unknown>, config: v.Config<v.BaseIssue<unknown>>): Dataset {
  const output: Record<string, unknown> = {}
  const dataset: Dataset = { typed: true, value: output }
  const allowed = Object.keys(entries).filter((key) => !isReserved(entries[key]))
  const unknown = Object.keys(input).filter((key) => !Object.hasOwn(entries, key))
  const misspelt = new Set(unknown.map((key) => nearestWord(key, allowed)))
  for (const [key, schema] of Object.entries(entries)) {
    const given = Object.hasOwn(input, key)
    if (!given && !isOptional(schema)) {
      // One typo is one problem: the unknown key says that this one was meant.
      if (misspelt.has(key)) continue
      refuse(
        dataset,
        { code: 'PM0108', sentence: `the key "${key}" is missing`, expected: `the key "${key}"`, mark: 'key' },
        key,
      )
      continue
    }
    if (given && isReserved(schema)) {
      refuse(dataset, { code: 'PM0109', sentence: `not supported yet: the key "${key}"`, mark: 'key' }, key)
      output[key] = undefined
      continue
    }
    const value = given ? input[key] : v.getDefault(schema)
    if (!given && value === undefined) continue
    const entry = schema['~run']({ typed: false, value }, config)
    if (!entry.typed || entry.issues !== undefined) adopt(dataset, entry, key)
    output[key] = entry.value
  }
  for (const key of unknown) {
    refuse(dataset, { code: 'PM0107', sentence: `unknown key "${key}"`, allowed, mark: 'key' }, key)
  }
  return dataset
}

/** Takes over the issues of an entry, with its key before their path. */
function adopt(dataset: Dataset, entry: Dataset, key: string): void {
  const item: v.UnknownPathItem = { type: 'unknown', origin: 'value', input: dataset.value, key, value: entry.value }
  addIssues(
    dataset,
    (entry.issues ?? []).map((issue) => ({ ...issue, path: [item, ...(issue.path ?? [])] })),
  )
}

/** Whether a value is a YAML mapping. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What `exactlyOneOf` and `atMostOneOf` leave for the JSON Schema. */
export interface OneOfRequirement {
  readonly keys: readonly string[]
  readonly least: 0 | 1
}

type OneOf<T> = v.BaseValidation<T, T, v.BaseIssue<unknown>> & { readonly requirement: OneOfRequirement }

/**
 * For a pipe behind a block: exactly one of these optional keys must be given, none of which may have a default.
 * `v.pipe(block({ dns: v.optional(text()), file: v.optional(absolutePath()) }), exactlyOneOf('dns', 'file'))`
 */
export function exactlyOneOf<T extends object>(...keys: readonly (keyof T & string)[]): OneOf<T> {
  return oneOf(keys, 1)
}

/** Like `exactlyOneOf`, but all of them may be missing. */
export function atMostOneOf<T extends object>(...keys: readonly (keyof T & string)[]): OneOf<T> {
  return oneOf(keys, 0)
}

function oneOf<T extends object>(keys: readonly string[], least: 0 | 1): OneOf<T> {
  return {
    kind: 'validation',
    type: 'podmates_one_of',
    reference: oneOf as never,
    expects: null,
    async: false,
    requirement: { keys, least },
    '~run': (dataset) => {
      const value = dataset.value as Readonly<Record<string, unknown>>
      const given = isMap(value) ? keys.filter((key) => Object.hasOwn(value, key)) : keys
      if (given.length < least && !keys.some((key) => isMisspelt(key, dataset.issues ?? []))) {
        refuse(dataset, { code: 'PM0112', oneOf: keys })
      }
      const [first, ...others] = isMap(value) ? given.filter((key) => value[key] !== undefined) : []
      for (const key of others) {
        refuse(dataset, { code: 'PM0112', sentence: `"${key}" and "${first}" exclude each other`, mark: 'key' }, key)
      }
      return dataset
    },
  }
}

/** Whether a block has refused a key in place of which this one was meant. */
function isMisspelt(meant: string, issues: readonly v.BaseIssue<unknown>[]): boolean {
  return issues.some((issue) => {
    const { code, allowed = [] } = refusalOf(issue) ?? {}
    const isOwn = code === 'PM0107' && issue.path?.length === 1
    return isOwn && nearestWord(String(issue.path[0].key), allowed) === meant
  })
}

/** The type of the pipe item that `defaultsWith` makes. */
export const defaultsWithType = 'podmates_defaults_with'

/** Defaults that count only where the key `beside` is given. */
export interface ConditionalDefaults {
  readonly beside: string
  /** As one would write them. */
  readonly presets: Readonly<Record<string, unknown>>
}

type DefaultsWith<T> = v.BaseValidation<T, T, v.BaseIssue<unknown>> & { readonly defaults: ConditionalDefaults }

/**
 * For a pipe behind a block: optional keys that have a default only when another key is given.
 * `v.pipe(block(entries), defaultsWith(entries, 'upstream', { timeout: '15s' }))`
 */
export function defaultsWith<T extends object>(
  entries: v.ObjectEntries,
  beside: keyof T & string,
  presets: ConditionalDefaults['presets'],
): DefaultsWith<T> {
  return {
    kind: 'validation',
    type: defaultsWithType,
    reference: defaultsWith as never,
    expects: null,
    async: false,
    defaults: { beside, presets },
    '~run': (dataset) => {
      // valibot runs it behind a block that was refused, too.
      const value = dataset.value as unknown
      if (!isMap(value) || value[beside] === undefined) return dataset
      for (const [key, preset] of Object.entries(presets))
        value[key] ??= v.parse(entries[key] as v.GenericSchema, preset)
      return dataset
    },
  }
}
