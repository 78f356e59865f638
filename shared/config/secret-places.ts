/** Which places of a configuration hold secrets: by the schema, by the name of the key, by where the value came from. */

import { isSecretName } from '../log/secret-name.ts'
import { type ConfigNode, type ScalarNode, scalarsIn } from './config-tree.ts'
import type { AnySchema } from './custom-schema.ts'
import type { Path } from './define-config.ts'
import type { Range } from './finding.ts'
import { urlSecrets } from './redaction.ts'
import { coreOf, entriesOf, isMarkedSecret, itemOf, namedValueOf, schemaAt, shapesOf } from './schema-walk.ts'
import { isValueType } from './value-type.ts'

/**
 * Whether a scalar at a path is a secret: its key is marked, or it is a text with a secret's name, or it stands
 * where a block with secrets should be (`client:` and below it `key:hunter2`, without the space, is one text).
 */
export function isSecretPlace(root: AnySchema, value: unknown, path: Path): boolean {
  const { schema, isSecret } = schemaAt(root, value, path)
  return isSecret || isSecretText(schema, path) || isPlaceOfSecretBlock(root, value, path)
}

/** Whether a block with secrets should stand there. */
function isPlaceOfSecretBlock(root: AnySchema, value: unknown, path: Path): boolean {
  const { schema } = schemaAt(root, value, path)
  return schema !== undefined && holdsSecrets(schema)
}

function holdsSecrets(schema: AnySchema): boolean {
  const entries = Object.entries(entriesOf(schema) ?? {})
  const inner = [namedValueOf(schema), itemOf(schema)].filter((each) => each !== undefined)
  return (
    entries.some(([key, entry]) => isSecretName(key) || isMarkedSecret(entry) || holdsSecrets(entry)) ||
    inner.some((each) => isMarkedSecret(each) || holdsSecrets(each))
  )
}

/** Whether a place is free text under a key with a secret's name, such as a header `Authorization`. */
export function isSecretText(schema: AnySchema | undefined, path: Path): boolean {
  const names = path.filter((step) => typeof step === 'string')
  // Below a key that the schema does not know, nothing tells what is what: any name on the way may tell.
  if (schema === undefined) return names.some(isSecretName)
  return isFreeText(schema) && isSecretName(names.at(-1) ?? '')
}

function isFreeText(schema: AnySchema): boolean {
  const core = coreOf(schema)
  return core.type === 'string' || 'shapes' in core || (isValueType(core) && core.name === 'text')
}

/** The names of the keys that hold secrets, wherever they stand: for files whose structure is not known. */
export function secretKeysOf(schema: AnySchema): (name: string) => boolean {
  const marked = new Set<string>()
  collectMarked(schema, marked)
  return (name) => marked.has(name) || isSecretName(name)
}

function collectMarked(schema: AnySchema, marked: Set<string>): void {
  for (const [key, entry] of Object.entries(entriesOf(schema) ?? {})) {
    if (isMarkedSecret(entry)) marked.add(key)
    collectMarked(entry, marked)
  }
  for (const inner of [namedValueOf(schema), itemOf(schema), ...(shapesOf(schema) ?? [])]) {
    if (inner !== undefined) collectMarked(inner, marked)
  }
}

/** Every secret of a configuration, as text; for the redaction list of the log. */
export function secretsIn(root: ConfigNode, schema: AnySchema, value: unknown): string[] {
  const secrets = [...scalarsIn(root)].flatMap(({ node, path }) => [
    ...(node.interpolated?.secrets ?? []),
    ...urlSecrets(node.text).map(({ from, to }) => node.text.slice(from, to)),
    ...(typeof node.value === 'string' && isSecretPlace(schema, value, path) ? [node.text] : []),
  ])
  return [...new Set(secrets)].filter((secret) => secret !== '')
}

/** The pieces of the source text that show a secret: literal ones, not `${file:/path}`. */
export function secretRanges(root: ConfigNode, schema: AnySchema, value: unknown): Range[] {
  return [...scalarsIn(root)]
    .filter(({ node, path }) => {
      const isSecret = () => isSecretPlace(schema, value, path)
      // Beside a secret that is referred to stands what is none, as in `Bearer ${file:/x}`; not in place of a block.
      const isSecretBeside = () => isPlaceOfSecretBlock(schema, value, path)
      return showsInSource(node, node.template?.refersToSecret === true ? isSecretBeside : isSecret)
    })
    .map(({ node }) => node.range)
}

function showsInSource({ template, value, isBroken }: ScalarNode, isSecret: () => boolean): boolean {
  if (template !== undefined) return template.showsSecret || (!template.isWhole && isSecret())
  const mayBeSecret = isBroken === true || (value !== null && typeof value !== 'boolean')
  return mayBeSecret && isSecret()
}
