/** The option table of a sidecar's README: one row for every key that can be written, from the schema alone. */
import { apiVersion, apiVersionKey } from '@podmates/shared/config/api-version.ts'
import { type AnySchema, isOptional } from '@podmates/shared/config/custom-schema.ts'
import type { ConfigDefinition } from '@podmates/shared/config/define-config.ts'
import { documentOf, type KeyDocument } from '@podmates/shared/config/described.ts'
import { isReserved } from '@podmates/shared/config/reserved.ts'
import { coreOf, entriesOf, itemOf, namedValueOf, shapesOf } from '@podmates/shared/config/schema-walk.ts'
import { isValueType } from '@podmates/shared/config/value-type.ts'
import * as v from 'valibot'

/** One key of a configuration, as a reader of the README sees it. */
export interface Option {
  /** `upstreams.<name>.dns`, `routes[].timeout`. */
  readonly key: string
  /** What may stand there, as Markdown: `duration, 1s to 10m`. */
  readonly value: string
  /** The default in its notation; undefined when the key is needed or has none. */
  readonly preset: string | undefined
  readonly isNeeded: boolean
  readonly document: KeyDocument | undefined
}

/** Every key of a definition that is built, in the order of the schema. */
export function optionsOf(definition: ConfigDefinition): Option[] {
  return optionsBelow(definition.schema, '')
}

function optionsBelow(schema: AnySchema, path: string): Option[] {
  const entries = entriesOf(schema)
  if (entries !== undefined) {
    return Object.entries(entries).flatMap(([key, entry]) => {
      if (isReserved(entry)) return []
      const own = path === '' ? key : `${path}.${key}`
      return [optionOf(entry, own), ...optionsBelow(entry, own)]
    })
  }
  const shapes = shapesOf(schema)
  if (shapes !== undefined)
    return shapes.filter((shape) => !isReserved(shape)).flatMap((shape) => optionsBelow(shape, path))
  const value = namedValueOf(schema)
  if (value !== undefined) return optionsBelow(value, `${path}.<name>`)
  const item = itemOf(schema)
  return item === undefined ? [] : optionsBelow(item, `${path}[]`)
}

function optionOf(schema: AnySchema, key: string): Option {
  const preset = isOptional(schema) ? v.getDefault(schema as v.OptionalSchema<AnySchema, unknown>) : undefined
  return {
    key,
    value: valueWords(schema),
    preset: preset === undefined || isEmpty(preset) ? undefined : notation(preset),
    isNeeded: !isOptional(schema),
    document: documentOf(schema),
  }
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function notation(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function valueWords(schema: AnySchema): string {
  const core = coreOf(schema)
  const shapes = shapesOf(schema)
  if (shapes !== undefined) {
    return shapes
      .filter((shape) => !isReserved(shape))
      .map((shape) => valueWords(shape))
      .join(' or ')
  }
  const item = itemOf(schema)
  if (item !== undefined) return `list: ${valueWords(item)}`
  const value = namedValueOf(schema)
  if (value !== undefined) return `by name: ${valueWords(value)}`
  if (isValueType(core)) return core.range === undefined ? core.name : `${core.name}, ${core.range}`
  if ('options' in core) return (core.options as readonly unknown[]).map((word) => `\`${word}\``).join(', ')
  return core.type === 'boolean' ? '`true`, `false`' : 'block'
}

/** The table as Markdown, with a newline at its end. */
export function optionTable(definition: ConfigDefinition): string {
  const versionRow = row([
    `\`${apiVersionKey}\``,
    `\`${apiVersion}\``,
    '',
    'The version of the keys; may stand at the top of every file.',
  ])
  const rows = optionsOf(definition).map((option) =>
    row([
      `\`${option.key}\``,
      option.value,
      option.isNeeded ? 'needed' : option.preset === undefined ? '' : `\`${option.preset}\``,
      option.document === undefined ? '' : explanation(option.document),
    ]),
  )
  return [row(['Key', 'Value', 'Default', 'What it does']), '|---|---|---|---|', versionRow, ...rows, ''].join('\n')
}

function explanation({ does, range, change, elsewhere = {}, example }: KeyDocument): string {
  const names = Object.entries(elsewhere).map(([product, name]) => `${product}: \`${name}\``)
  return [
    does,
    ...(range === undefined ? [] : [`Range: ${range}.`]),
    ...(change === undefined ? [] : [change]),
    ...(example === undefined ? [] : [`Example: \`${notation(example)}\`.`]),
    ...(names.length === 0 ? [] : [`(${names.join(', ')})`]),
  ].join(' ')
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
}
