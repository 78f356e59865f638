/**
 * The JSON Schema of a configuration (draft 2020-12), for editors that complete and check YAML. Loaded by the
 * `schema` verb and by `npm run docs` alone: no sidecar that runs pays for it.
 */
import { type ConversionConfig, type JsonSchema, toJsonSchema } from '@valibot/to-json-schema'
import { apiVersion, apiVersionKey } from './api-version.ts'
import { defaultsWithType, type OneOfRequirement } from './block.ts'
import type { AnySchema } from './custom-schema.ts'
import type { ConfigDefinition } from './define-config.ts'
import { type KeyDocument, keyDocumentType } from './described.ts'
import { isReserved } from './reserved.ts'
import { isValueType } from './value-type.ts'

/** A text that `${...}` makes complete when the config is loaded may stand for any scalar. */
const reference = {
  type: 'string',
  pattern: '\\$\\{',
  description: 'Replaced when the configuration is loaded: ${NAME}, ${NAME:-default}, ${file:/path}.',
} as const

const referenceOr = (schema: object): JsonSchema => ({ anyOf: [schema, { $ref: '#/$defs/reference' }] }) as JsonSchema

/** Builds the JSON Schema. Throws for a valibot schema that has no counterpart: a defect of the definition. */
export function jsonSchemaOf(definition: ConfigDefinition): JsonSchema {
  const { properties, ...rest } = toJsonSchema(definition.schema, {
    target: 'draft-2020-12',
    typeMode: 'input',
    overrideSchema,
    overrideAction,
  })
  return {
    ...rest,
    title: definition.title,
    properties: {
      [apiVersionKey]: { const: apiVersion, description: 'The version of the keys in this file.' },
      ...properties,
    },
    $defs: { reference },
  }
}

type Override<Key extends 'overrideSchema' | 'overrideAction'> = NonNullable<ConversionConfig[Key]>

const overrideSchema: Override<'overrideSchema'> = ({ valibotSchema, jsonSchema }) => {
  const schema = valibotSchema as AnySchema
  if (isReserved(schema)) return { not: {}, description: 'Not supported yet.' }
  if (isValueType(schema)) return isFreeText(schema.json) ? (schema.json as JsonSchema) : referenceOr(schema.json)
  switch (schema.type) {
    case 'boolean':
    case 'picklist':
      return referenceOr(jsonSchema)
    case 'record':
      return { ...jsonSchema, propertyNames: keyPattern(schema) }
    case 'union':
      return { ...jsonSchema, anyOf: (jsonSchema.anyOf ?? []).filter((each) => !isNever(each)) }
    default:
      return undefined
  }
}

/** Any text will do, so one with a reference in it does too. */
function isFreeText(json: Readonly<Record<string, unknown>>): boolean {
  return json.type === 'string' && json.pattern === undefined
}

/** Names of entries are no values: nothing is replaced in them. */
function keyPattern(schema: AnySchema): JsonSchema {
  const { key } = schema as unknown as { readonly key: AnySchema }
  return isValueType(key) ? (key.json as JsonSchema) : {}
}

function isNever(schema: JsonSchema | boolean): boolean {
  return typeof schema === 'object' && schema.not !== undefined
}

const overrideAction: Override<'overrideAction'> = ({ valibotAction, jsonSchema }) => {
  const action = valibotAction as unknown as { type: string; document: KeyDocument; requirement: OneOfRequirement }
  switch (action.type) {
    case keyDocumentType:
      return { ...jsonSchema, ...annotations(action.document) }
    case 'podmates_one_of':
      return { ...jsonSchema, ...oneOf(action.requirement) }
    case defaultsWithType:
      return jsonSchema
    default:
      return undefined
  }
}

function annotations({ does, change, range, elsewhere = {}, example }: KeyDocument): JsonSchema {
  const names = Object.entries(elsewhere).map(([product, name]) => `${product}: ${name}`)
  const description = [
    does,
    ...(range === undefined ? [] : [`Range: ${range}.`]),
    ...(change === undefined ? [] : [change]),
    ...(names.length === 0 ? [] : [`(${names.join(', ')})`]),
  ].join(' ')
  return { description, ...(example === undefined ? {} : { examples: [example as string] }) }
}

function oneOf({ keys, least }: OneOfRequirement): JsonSchema {
  const each = keys.map((key) => ({ required: [key] }))
  return { oneOf: least === 1 ? each : [...each, { not: { anyOf: each } }] }
}
