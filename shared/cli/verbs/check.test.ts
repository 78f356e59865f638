import * as v from 'valibot'
import { expect, it } from 'vitest'
import { block } from '../../config/block.ts'
import { list } from '../../config/collections.ts'
import { defineConfig } from '../../config/define-config.ts'
import { text } from '../../config/values/text.ts'
import { fakeClock } from '../../testing/fake-clock.ts'
import { verb as check } from './check.ts'

const names = (count: number): string[] => Array.from({ length: count }, (_, place) => `name-${place}`)

/** Warns of every name that it is given. */
const configDefinition = defineConfig({
  name: 'greeter',
  title: 'A sidecar for tests',
  schema: block({ names: v.optional(list(text()), []) }),
  warn: (config, warn) => {
    for (const place of config.names.keys()) warn(['names', place], { code: 'PM0303', sentence: 'nobody is called so' })
  },
})

/** Checks a config with these lines. */
async function checked(lines: readonly string[], output: 'text' | 'json') {
  let printed = ''
  const exitCode = await check({
    definition: {
      name: 'greeter',
      targets: {
        usage: 'LINE...',
        does: 'Greets.',
        options: {},
        isTarget: () => true,
        toConfig: (words) => `${words.join('\n')}\n`,
      },
      config: async () => ({ configDefinition }),
      parts: async () => ({ createParts: () => ({ parts: [] }) }),
    },
    operands: lines,
    options: { output, target: {} },
    env: {},
    clock: fakeClock(),
    terminal: {
      out: (text) => {
        printed += text
      },
      err: () => undefined,
    },
  })
  return { exitCode, printed }
}

it.each([
  { what: 'warnings', lines: ['names:', ...names(27).map((name) => `  - ${name}`)], exitCode: 0 },
  { what: 'problems', lines: names(27).map((name) => `${name}: 1`), exitCode: 1 },
])('shows 20 $what and counts the rest, for people and for machines', async ({ what, lines, exitCode }) => {
  const forPeople = await checked(lines, 'text')
  expect(forPeople.exitCode).toBe(exitCode)
  expect(forPeople.printed.match(/^arguments:\d+:\d+ /gm)).toHaveLength(20)
  expect(forPeople.printed).toMatch(/\nand 7 more( warnings)?\n.*27 (warnings|errors)\. More: podmate explain PM0\d+$/)

  const forMachines = await checked(lines, 'json')
  expect(forMachines.exitCode).toBe(exitCode)
  const report = JSON.parse(forMachines.printed)
  expect(report).toMatchObject({ ok: exitCode === 0, more: 7 })
  const places = report[what].map(({ line }: { line: number }) => line)
  const first = what === 'warnings' ? 2 : 1
  expect(places).toEqual(Array.from({ length: 20 }, (_, place) => first + place))
})
