/**
 * Names that must be those of something else in the file, such as the upstream of a route. They are held against the
 * keys of that block as it stands there, so that an unknown name is told at once, beside whatever else is wrong.
 */
import { isMap } from './block.ts'
import { scalarsIn } from './config-tree.ts'
import type { Report } from './define-config.ts'
import type { Subject } from './explain-refusal.ts'
import { readerOf, schemaAt } from './schema-walk.ts'
import { isNotation, isValueType, type ValueType, valueType } from './value-type.ts'
import { text } from './values/text.ts'

/** The name of an entry of a block at the top of the file. @param expects what is right: `the name of an upstream` */
export function nameIn(block: string, expects: string): ValueType<string> {
  const { read, format, json } = text()
  const names = { block, expected: expects, nameIn: (value: string) => value }
  return valueType({ name: 'name', expects, read, format, json, names })
}

/** Reports each name that nothing has. Where the block is missing or is none, that is told elsewhere, and enough. */
export function reportUnknownNames({ schema, root, value }: Subject, report: Report): void {
  if (!isMap(value)) return
  for (const { node, path } of scalarsIn(root)) {
    const place = schemaAt(schema, value, path).schema
    const type = place === undefined ? undefined : readerOf(place, node.value)
    if (type === undefined || !isValueType(type) || type.names === undefined || !isNotation(node.value)) continue
    const { block, expected, nameIn } = type.names
    const reading = type.read(node.value)
    const entries = value[block]
    if (!reading.ok || !isMap(entries) || Object.hasOwn(entries, nameIn(reading.value))) continue
    report(path, { expected, allowed: Object.keys(entries) })
  }
}
