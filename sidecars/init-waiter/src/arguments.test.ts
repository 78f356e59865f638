import { loadConfig } from '@podmates/shared/config/load-config.ts'
import { describe, expect, it } from 'vitest'
import { targetArguments } from './arguments.ts'
import { configDefinition } from './config.ts'

function load(targets: readonly string[], options: Readonly<Record<string, string>> = {}) {
  const text = targetArguments.toConfig(targets, options)
  return loadConfig(configDefinition, { file: 'arguments', text }, { env: {}, readFile: () => new Uint8Array() })
}

it('means the config that a person would have written', () => {
  expect(load(['tcp://db:5432', 'http://auth:8080/healthz'], { timeout: '60s' })).toMatchObject({
    ok: true,
    value: {
      timeout: 60_000,
      steps: {
        db: { wait: { kind: 'tcp', host: 'db', port: 5432 }, after: [], successes: 1 },
        auth: { wait: { kind: 'http', url: 'http://auth:8080/healthz' }, after: [], successes: 1 },
      },
    },
  })
})

describe('the name of a step', () => {
  it.each([
    [
      ['tcp://db:5432', 'tcp://db:5433', 'tcp://db-2:1'],
      ['db', 'db-2', 'db-2-2'],
    ],
    [['tcp://[::1]:5432'], ['1']],
    [['http://user:pass@auth/'], ['auth']],
    [
      ['tcp://_x_:1', 'tcp://...:1'],
      ['x', 'target'],
    ],
    [[`tcp://${'long.'.repeat(50)}:80`], [`${'long.'.repeat(10)}long`]],
  ])('of %j is %j', (targets, names) => {
    const text = targetArguments.toConfig(targets, {})
    expect([...text.matchAll(/^ {2}"(\S+)":/gm)].map(([, name]) => name)).toEqual(names)
  })
})

it('refuses what is no target with its place in the arguments', () => {
  const loaded = load(['db:5432'], { timeout: 'soon' })
  expect(loaded.ok ? [] : loaded.problems).toMatchObject([{ code: 'PM0110' }, { code: 'PM0110' }])
})
