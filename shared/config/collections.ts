/** Lists, and blocks whose keys the user names. */
import * as v from 'valibot'
import type { AnySchema } from './custom-schema.ts'
import { textLike } from './values/text.ts'

/** A list. @param least how many entries it must have at least */
export function list<Item extends AnySchema>(item: Item, least = 0) {
  return v.pipe(v.array(item), v.minLength(least))
}

/** Names go into metric labels and log fields, so they are short and plain. */
const namePattern = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/

/** The keys of a mapping are text, whatever else a value type could read. */
const name = textLike(namePattern, 'a name of letters, digits, ".", "_" and "-", 63 at most') as v.GenericSchema<string>

/** A block whose keys are names chosen by the user: `upstreams: { inventory: ... }`. */
export function named<Value extends AnySchema>(value: Value) {
  return v.record(name, value)
}
