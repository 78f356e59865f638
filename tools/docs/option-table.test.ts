import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { block } from '@podmates/shared/config/block.ts'
import { defineConfig } from '@podmates/shared/config/define-config.ts'
import { described } from '@podmates/shared/config/described.ts'
import { duration } from '@podmates/shared/config/values/duration.ts'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { sampleDefinition } from '../../shared/config/testdata/sample-config.ts'
import { optionsOf, optionTable } from './option-table.ts'

it('has a row for every key that is built, in the order of the schema (golden; UPDATE_GOLDEN=1 rewrites it)', () => {
  const golden = join(import.meta.dirname, 'testdata', 'sample-options.golden.md')
  const table = optionTable(sampleDefinition)
  if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(golden, table)
  expect(table).toBe(readFileSync(golden, 'utf8'))
})

it('leaves out keys that are not supported yet', () => {
  expect(optionsOf(sampleDefinition).map(({ key }) => key)).not.toContain('hedge')
})

it('tells all that a key is described with, and keeps the table whole', () => {
  const schema = block({
    delay: described(v.optional(duration({ max: '5m' }), '5s'), {
      does: 'Waits | for the callers.',
      range: 'twice the interval of the callers',
      change: 'Raise it for slow ones.',
      elsewhere: { Envoy: 'drain_timeout' },
      example: '10s',
    }),
  })
  expect(optionTable(defineConfig({ name: 'x', title: 'X', schema }))).toContain(
    '| `delay` | duration, 0s to 5m | `5s` | Waits \\| for the callers. Range: twice the interval of the callers. Raise it for slow ones. Example: `10s`. (Envoy: `drain_timeout`) |',
  )
})
