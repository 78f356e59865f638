/** Lists, and blocks whose keys the user names. */
import * as v from 'valibot'
import { isMap } from './block.ts'
import { type AnySchema, customSchema } from './custom-schema.ts'
import { refuse } from './refusal.ts'
import { textLike } from './values/text.ts'

/** A list. @param least how many entries it must have at least */
export function list<Item extends AnySchema>(item: Item, least = 0) {
  return v.pipe(v.array(item), v.minLength(least))
}

/** Names go into metric labels and log fields, so they are short and plain. */
const namePattern = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/

/** The keys of a mapping are text, whatever else a value type could read. */
const name = textLike(namePattern, 'a name of letters, digits, ".", "_" and "-", 63 at most') as v.GenericSchema<string>

export type Named<Value extends AnySchema> = v.RecordSchema<v.GenericSchema<string>, Value, undefined>

/**
 * A block whose keys are names chosen by the user: `upstreams: { inventory: ... }`. Unlike valibot's `record` it does
 * not take a list for a block with the keys 0, 1, 2.
 */
export function named<Value extends AnySchema>(value: Value): Named<Value> {
  const record = v.record(name, value)
  return customSchema(
    {
      type: 'record',
      expects: 'Object',
      run: (dataset, config) => {
        if (isMap(dataset.value)) return record['~run'](dataset, config)
        return refuse(dataset, { code: 'PM0110', expected: 'a block of named entries' })
      },
    },
    { key: name, value, message: undefined },
  )
}
