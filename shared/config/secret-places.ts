/** Which places of a configuration hold secrets: by the schema, by the name of the key, by where the value came from. */
import { type ConfigNode, type ScalarNode, scalarsIn } from './config-tree.ts'
import type { AnySchema } from './custom-schema.ts'
import type { Path } from './define-config.ts'
import type { Range } from './finding.ts'
import { isSecretName, urlPasswords } from './redaction.ts'
import { coreOf, schemaAt } from './schema-walk.ts'
import { isValueType } from './value-type.ts'

/** Whether what stands at a path is a secret whatever it is: its key is marked, or is a text with a secret's name. */
export function isSecretPlace(schema: AnySchema, value: unknown, path: Path): boolean {
  const place = schemaAt(schema, value, path)
  return place.isSecret || isSecretText(place.schema, path)
}

/** Whether a place is free text under a key with a secret's name, such as a header `Authorization`. */
export function isSecretText(schema: AnySchema | undefined, path: Path): boolean {
  return isFreeText(schema) && isSecretName(nameOf(path))
}

/** Text of no certain form, and anything that the schema does not know. */
function isFreeText(schema: AnySchema | undefined): boolean {
  if (schema === undefined) return true
  const core = coreOf(schema)
  return core.type === 'string' || 'shapes' in core || (isValueType(core) && core.name === 'text')
}

/** The last name in a path: items of a list are called like their list. */
function nameOf(path: Path): string {
  return String(path.findLast((step) => typeof step === 'string') ?? '')
}

/** Every secret of a configuration, as text; for the redaction list of the log. */
export function secretsIn(root: ConfigNode, schema: AnySchema, value: unknown): string[] {
  const secrets = [...scalarsIn(root)].flatMap(({ node, path }) => [
    ...(node.interpolated?.secrets ?? []),
    ...urlPasswords(node.text).map(({ from, to }) => node.text.slice(from, to)),
    ...(typeof node.value === 'string' && isSecretPlace(schema, value, path) ? [node.text] : []),
  ])
  return [...new Set(secrets)].filter((secret) => secret !== '')
}

/** The pieces of the source text that show a secret: literal ones, not `${file:/path}`. */
export function secretRanges(root: ConfigNode, schema: AnySchema, value: unknown): Range[] {
  return [...scalarsIn(root)]
    .filter(({ node, path }) => showsInSource(node, () => isSecretPlace(schema, value, path)))
    .map(({ node }) => node.range)
}

function showsInSource(node: ScalarNode, isSecret: () => boolean): boolean {
  if (node.isBroken === true) return false
  if (node.interpolated === undefined) return typeof node.value !== 'boolean' && node.text !== '' && isSecret()
  const { sourceIsSecret, isWhole } = node.interpolated
  return sourceIsSecret || (!isWhole && isSecret() && node.interpolated.secrets.length === 0)
}
