/**
 * The base of our own valibot schemas (blocks, choices, value types): everything that valibot wants of a
 * schema except what makes each of them different.
 */
import * as v from 'valibot'

export type AnySchema = v.BaseSchema<unknown, unknown, v.BaseIssue<unknown>>
export type Dataset = v.OutputDataset<unknown, v.BaseIssue<unknown>>

/** What makes one schema different from another. */
export interface CustomSchemaRules {
  /** valibot's name of the kind of schema; tools that walk schemas go by it. */
  readonly type: string
  /** What it accepts, for valibot's own messages. */
  readonly expects: string
  /** Checks and converts `dataset.value`; refuses by `refuse`. */
  readonly run: (dataset: v.UnknownDataset, config: v.Config<v.BaseIssue<unknown>>) => unknown
}

/** Makes a schema; the caller states its input and output types, which nothing can derive from `run`. */
export function customSchema<Schema extends AnySchema>(rules: CustomSchemaRules, extra: object): Schema {
  const schema = {
    ...extra,
    kind: 'schema',
    type: rules.type,
    reference: customSchema,
    expects: rules.expects,
    async: false,
    '~run': rules.run,
    '~standard': {
      version: 1,
      vendor: 'podmates',
      validate: (value: unknown) => rules.run({ typed: false, value }, v.getGlobalConfig()),
    },
  }
  return schema as unknown as Schema
}

/** Whether a schema's key may be left out of its block. */
export function isOptional(
  schema: AnySchema,
): schema is AnySchema & { readonly wrapped: AnySchema; readonly default: unknown } {
  return schema.type === 'optional' || schema.type === 'exact_optional'
}
