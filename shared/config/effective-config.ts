/**
 * The configuration as it takes effect: every default filled in, every value in its canonical notation, every
 * secret replaced. What `print-config` shows could be used as a config again, but for its secrets.
 */
import * as v from 'valibot'
import { stringify } from 'yaml'
import { apiVersion } from './api-version.ts'
import type { ConfigNode } from './config-tree.ts'
import type { AnySchema } from './custom-schema.ts'
import type { Path } from './define-config.ts'
import { fingerprint } from './fingerprint.ts'
import { redacted, redactUrls } from './redaction.ts'
import { childOf, conditionalDefault, entriesOf, isMarkedSecret, readerOf } from './schema-walk.ts'
import { isSecretText } from './secret-places.ts'
import { isValueType, type Notation, type ValueType } from './value-type.ts'

export interface EffectiveConfig {
  /** YAML, without secrets. */
  readonly printable: string
  /** 12 hex digits (`fingerprint`). Secrets are not part of it: a short one could be guessed from its hash. */
  readonly hash: string
}

/** Builds the effective config of a value that the schema has accepted. */
export function effectiveConfig(schema: AnySchema, value: unknown, root: ConfigNode): EffectiveConfig {
  const effective = effectiveValue({ schema, value, node: root, path: [], isSecret: false })
  const complete = { apiVersion, ...(effective as object) }
  const hash = fingerprint(JSON.stringify(sorted(complete)))
  return {
    hash,
    // Written when asked for: most sidecars end without anybody having looked at it.
    // Not as block texts, in which the library loses spaces when they begin with empty lines.
    get printable() {
      return stringify(complete, { lineWidth: 0, blockQuote: false })
    },
  }
}

interface Place {
  readonly schema: AnySchema
  readonly value: unknown
  /** What stands in the file; missing for defaults. */
  readonly node?: ConfigNode
  readonly path: Path
  readonly isSecret: boolean
}

function effectiveValue(place: Place): unknown {
  const { schema, value } = place
  const reader = readerOf(schema, value)
  if (Array.isArray(value)) return value.map((item, index) => effectiveChild(place, index, item))
  if (reader === undefined || typeof value !== 'object' || value === null) return effectiveScalar(place, reader)
  const given = value as Readonly<Record<string, unknown>>
  const entries = entriesOf(reader)
  if (entries === undefined) {
    return Object.fromEntries(Object.entries(given).map(([key, item]) => [key, effectiveChild(place, key, item)]))
  }
  return Object.fromEntries(
    Object.entries(entries).flatMap(([key, entry]) => {
      const preset = v.getDefault(entry) ?? conditionalDefault(schema, given, key)
      const item = Object.hasOwn(given, key) ? given[key] : preset
      return item === undefined ? [] : [[key, effectiveChild(place, key, item)]]
    }),
  )
}

function effectiveChild(place: Place, step: string | number, value: unknown): unknown {
  const schema = childOf(place.schema, place.value, step)
  if (schema === undefined) return value
  const node = childNode(place.node, step)
  const isSecret = place.isSecret || isMarkedSecret(schema)
  return effectiveValue({
    schema,
    value,
    path: [...place.path, step],
    isSecret,
    ...(node === undefined ? {} : { node }),
  })
}

function childNode(node: ConfigNode | undefined, step: string | number): ConfigNode | undefined {
  if (node?.kind === 'list') return node.items[Number(step)]
  return node?.kind === 'map' ? node.entries.get(String(step))?.node : undefined
}

function effectiveScalar({ schema, value, node, path, isSecret }: Place, reader: AnySchema | undefined): unknown {
  if (isSecret || isSecretText(schema, path)) return value === null || typeof value === 'boolean' ? value : redacted
  const interpolated = node?.kind === 'scalar' ? node.interpolated : undefined
  if (interpolated !== undefined && interpolated.secrets.length > 0) return printableText(interpolated.masked)
  const canonical = reader !== undefined && isValueType(reader) ? inCanonicalForm(reader, value as Notation) : value
  return typeof canonical === 'string' ? printableText(canonical) : canonical
}

function inCanonicalForm(type: ValueType<unknown>, value: Notation): Notation {
  const reading = type.read(value)
  return reading.ok ? type.format(reading.value) : value
}

/** `${` is escaped, or it would be replaced when the text is read again (in a replacement string, `$$` is one `$`). */
function printableText(text: string): string {
  return redactUrls(text).replaceAll('${', () => '$${')
}

/** The same value with its keys in alphabetical order: the order of keys in a file has no meaning. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]))
}
