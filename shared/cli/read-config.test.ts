import * as v from 'valibot'
import { expect, it } from 'vitest'
import { block } from '../config/block.ts'
import { defineConfig } from '../config/define-config.ts'
import { text } from '../config/values/text.ts'
import { fakeClock } from '../testing/fake-clock.ts'
import type { Options } from './arguments.ts'
import { readConfig } from './read-config.ts'
import type { TargetArguments } from './sidecar-definition.ts'
import { verb as check } from './verbs/check.ts'

const targets: TargetArguments = {
  usage: 'TARGET...',
  does: 'Greets.',
  options: {},
  isTarget: () => true,
  toConfig: (words) => `greeting: ${words.join(' ')}\n`,
}

/** What a sidecar that needs no config file is asked; its usual file does not exist. */
function asked(operands: readonly string[], options: Partial<Options> = {}) {
  const configDefinition = defineConfig({
    name: 'no-such-sidecar',
    title: 'A sidecar for tests',
    schema: block({ greeting: v.optional(text(), 'hello') }),
  })
  return {
    definition: {
      name: 'no-such-sidecar',
      targets,
      config: async () => ({ configDefinition }),
      parts: async () => ({ createParts: () => ({ parts: [] }) }),
    },
    operands,
    options: { output: 'text' as const, target: {}, ...options },
    env: {},
    clock: fakeClock(),
  }
}

it('takes the defaults when the usual file is missing and every key has one, and says so', async () => {
  const { result, file, isDefault } = await readConfig(asked([]))
  expect(result).toMatchObject({ ok: true, value: { greeting: 'hello' } })
  expect({ file, isDefault }).toEqual({ file: '/etc/podmates/no-such-sidecar.yaml', isDefault: true })
})

it('check warns that it has checked nothing but defaults', async () => {
  const printed: string[] = []
  const terminal = { out: (line: string) => printed.push(line), err: () => {} }
  expect(await check({ ...asked([]), terminal })).toBe(0)
  expect(printed).toEqual([
    '/etc/podmates/no-such-sidecar.yaml PM0301 warning: does not exist: these are the defaults\nok: 1 check, 1 warning. More: podmate explain PM0301',
  ])
})

it('refuses a missing file that was asked for by name', async () => {
  const { result } = await readConfig(asked([], { config: '/no/such/file.yaml' }))
  expect(result).toMatchObject({ ok: false, problems: [{ code: 'PM0101', file: '/no/such/file.yaml' }] })
})

it('takes targets for the config that they stand for', async () => {
  const { result, file, isDefault } = await readConfig(asked(['good', 'day']))
  expect(result).toMatchObject({ ok: true, value: { greeting: 'good day' } })
  expect({ file, isDefault }).toEqual({ file: 'arguments', isDefault: false })
})
