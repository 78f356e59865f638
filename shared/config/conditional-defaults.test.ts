/** Keys that have a default only beside another key: the short form of a thing that has a long one. */
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { block, defaultsWith, exactlyOneOf } from './block.ts'
import { named } from './collections.ts'
import { defineConfig } from './define-config.ts'
import { jsonSchemaOf } from './json-schema.ts'
import { loadConfig } from './load-config.ts'
import { sampleWorld } from './testdata/sample-world.ts'
import { duration } from './values/duration.ts'
import { text } from './values/text.ts'

const keys = { timeout: v.optional(duration()) }
const door = v.pipe(
  block({ to: v.optional(text()), plan: v.optional(text()), ...keys }),
  exactlyOneOf('to', 'plan'),
  defaultsWith(keys, 'to', { timeout: '15s' }),
)
const definition = defineConfig({ name: 'sample', title: 'Sample', schema: block({ doors: named(door) }) })

function load(line: string) {
  const loaded = loadConfig(definition, { file: 'sample.yaml', text: `doors: { front: { ${line} } }\n` }, sampleWorld)
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'))
  return { front: loaded.value.doors.front, printable: loaded.printable }
}

it('has the default beside that key, in the units of the code and as one would write it', () => {
  const { front, printable } = load('to: hall')
  expect(front).toEqual({ to: 'hall', timeout: 15_000 })
  expect(printable).toContain('timeout: 15s\n')
})

it('has none without that key', () => {
  const { front, printable } = load('plan: b')
  expect(front).toEqual({ plan: 'b' })
  expect(printable).not.toContain('timeout')
})

it('prefers what is given', () => {
  const { front, printable } = load('to: hall, timeout: 2s')
  expect(front?.timeout).toBe(2000)
  expect(printable).toContain('timeout: 2s\n')
})

it('gives the same again when what it prints is read', () => {
  const { printable } = load('to: hall')
  const again = loadConfig(definition, { file: 'sample.yaml', text: printable }, sampleWorld)
  expect(again.ok && again.printable).toBe(printable)
})

it('asks for the key nowhere in the JSON Schema', () => {
  expect(JSON.stringify(jsonSchemaOf(definition))).not.toContain('"required":["timeout"]')
})
