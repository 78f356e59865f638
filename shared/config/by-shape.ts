/**
 * A value that may be written in several shapes: `access: errors` or `access: { sample: 0.01 }`. The shape
 * alone decides which schema reads it, so a mistake is explained by one schema and not by all of them.
 */
import type * as v from 'valibot'
import { isMap } from './block.ts'
import { type AnySchema, customSchema } from './custom-schema.ts'
import { refuse } from './refusal.ts'

const shapeNames = { text: 'text', number: 'a number', flag: 'true or false', list: 'a list', map: 'a block of keys' }

type ShapeName = keyof typeof shapeNames
type Shapes = { readonly [Shape in ShapeName]?: AnySchema }

export type ByShape<S extends Shapes> = v.UnionSchema<Extract<S[keyof S], AnySchema>[], undefined>

/** Chooses the schema by what stands there. A number goes to `text` where there is no schema for numbers. */
export function byShape<const S extends Shapes>(shapes: S): ByShape<S> {
  const names = Object.keys(shapes) as ShapeName[]
  return customSchema(
    {
      type: 'union',
      expects: names.join(' | '),
      run: (dataset, config) => {
        const schema = schemaForShape(shapes, dataset.value)
        if (schema !== undefined) return schema['~run'](dataset, config)
        return refuse(dataset, {
          code: 'PM0110',
          expected: names.map((name) => wordsFor(name, shapes[name])).join(', or '),
        })
      },
    },
    { options: Object.values(shapes), shapes, message: undefined },
  )
}

/** A choice names its words; the other shapes say enough by their names. */
function wordsFor(name: ShapeName, schema: AnySchema | undefined): string {
  const isChoice = schema !== undefined && 'options' in schema && schema.type === 'picklist'
  return isChoice ? `one of ${(schema.options as readonly string[]).join(', ')}` : shapeNames[name]
}

/** The schema that reads a value; undefined when none of the shapes fits. */
export function schemaForShape(shapes: Shapes, value: unknown): AnySchema | undefined {
  if (Array.isArray(value)) return shapes.list
  if (isMap(value)) return shapes.map
  if (typeof value === 'boolean') return shapes.flag
  if (typeof value === 'number') return shapes.number ?? shapes.text
  return typeof value === 'string' ? shapes.text : undefined
}
