/**
 * A value type is a scalar of the configuration with a notation of its own: a duration, a size, an address.
 * One object holds everything that any consumer needs, so that reading, printing, the JSON Schema and the
 * error messages cannot drift apart. It is a valibot schema and goes wherever one goes.
 */
import type * as v from 'valibot'
import type { ErrorCode } from '../errors/catalogue.ts'
import { customSchema } from './custom-schema.ts'
import { refuse } from './refusal.ts'

/** What stands in YAML for a value type. */
export type Notation = string | number

/** The answer of a value type: the value, or why not. `expected` and `code` replace the type's own. */
export type Reading<Output> =
  | { readonly ok: true; readonly value: Output }
  | { readonly ok: false; readonly code?: ErrorCode; readonly expected?: string; readonly hint?: string }

/** What a value type is made of. */
export interface ValueTypeRules<Output> {
  /** One word for messages and the option table: `duration`. */
  readonly name: string
  /** What is right, as a noun with an example: `a duration such as 250ms, 5s or 1m`. */
  readonly expects: string
  /** Reads the notation. Never throws. */
  readonly read: (input: Notation) => Reading<Output>
  /** The one canonical notation of a value; `read` gives the value back. */
  readonly format: (value: Output) => Notation
  /** The JSON Schema of the notation, for editors. */
  readonly json: Readonly<Record<string, unknown>>
  /** The allowed range for the option table, for example `1s to 1h`. */
  readonly range?: string
  /** For a value that names an entry of a block at the top of the file (`names.ts`). */
  readonly names?: NamesEntry<Output>
}

/** Which block, and what of a value is the name. */
export interface NamesEntry<Output> {
  readonly block: string
  /** What is right, as a noun: `the name of an upstream`. */
  readonly expected: string
  nameIn(value: Output): string
}

/** A schema for one notation; the rules stay readable on it. */
export interface ValueType<Output>
  extends v.BaseSchema<Notation, Output, v.BaseIssue<unknown>>,
    ValueTypeRules<Output> {
  readonly type: 'podmates_value'
}

/** Makes a value type out of its rules. */
export function valueType<Output>(rules: ValueTypeRules<Output>): ValueType<Output> {
  return customSchema(
    {
      type: 'podmates_value',
      expects: rules.expects,
      run: (dataset) => {
        const input = dataset.value
        const reading: Reading<Output> = isNotation(input) ? rules.read(input) : { ok: false }
        if (reading.ok) return Object.assign(dataset, { typed: true, value: reading.value })
        return refuse(dataset, { code: 'PM0110', expected: rules.expects, ...reading })
      },
    },
    rules,
  )
}

/** Whether a value can be the notation of a value type. */
export function isNotation(input: unknown): input is Notation {
  return typeof input === 'string' || typeof input === 'number'
}

/** Whether a schema is a value type. */
export function isValueType(schema: { readonly type: string }): schema is ValueType<unknown> {
  return schema.type === 'podmates_value'
}
