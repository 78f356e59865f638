/**
 * Keys of CONFIG.md that this version does not have yet. They are part of the schema so that a config that
 * uses one is refused with "not supported yet" instead of "unknown key", and is never silently ignored.
 */
import type * as v from 'valibot'
import { customSchema } from './custom-schema.ts'
import { refuse } from './refusal.ts'

/** A key that may not be given yet; stands in a block like any other key, or as a shape in `byShape`. */
export function reserved(): v.OptionalSchema<v.GenericSchema<never>, undefined> {
  return customSchema(
    {
      type: 'optional',
      expects: 'nothing yet',
      run: (dataset) => refuse(dataset, { code: 'PM0109', sentence: 'this is not supported yet' }),
    },
    {
      default: undefined,
      wrapped: customSchema({ type: 'never', expects: 'nothing yet', run: (dataset) => dataset }, {}),
      isReserved: true,
    },
  )
}

/** Whether a schema was made by `reserved`. */
export function isReserved(schema: object | undefined): boolean {
  return schema !== undefined && 'isReserved' in schema
}
