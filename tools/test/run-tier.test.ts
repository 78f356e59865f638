import { expect, it } from 'vitest'
import { plain } from './run-tier.ts'

it.each([
  ['a terminal', {}, 'terminal', {}],
  ['a file', {}, 'file', { NO_COLOR: '1' }],
  ['a file when colour is asked for', { FORCE_COLOR: '1' }, 'file', { FORCE_COLOR: '1' }],
] as const)('to %s the tiers write as it can show', (_where, env, output, expected) => {
  expect(plain(env, output)).toEqual(expected)
})
