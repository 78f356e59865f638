import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { block } from './block.ts'
import { defineConfig } from './define-config.ts'
import { jsonSchemaOf } from './json-schema.ts'
import { sampleDefinition } from './testdata/sample-config.ts'

it('is draft 2020-12, with descriptions, defaults and patterns (golden; UPDATE_GOLDEN=1 rewrites it)', () => {
  const golden = join(import.meta.dirname, 'testdata', 'sample.schema.golden.json')
  const schema = `${JSON.stringify(jsonSchemaOf(sampleDefinition), null, 2)}\n`
  if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(golden, schema)
  expect(schema).toBe(readFileSync(golden, 'utf8'))
})

it('says so when a schema has no counterpart, instead of accepting everything', () => {
  const definition = defineConfig({ name: 'x', title: 'X', schema: block({ at: v.date() }) })
  expect(() => jsonSchemaOf(definition)).toThrow('"date" schema cannot be converted')
})
