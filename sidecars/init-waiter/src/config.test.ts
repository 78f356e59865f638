import { join } from 'node:path'
import { loadConfig } from '@podmates/shared/config/load-config.ts'
import { wrongAnswersToOddConfigs } from '@podmates/shared/testing/odd-configs.ts'
import { expect, it } from 'vitest'
import { configDefinition } from './config.ts'

function load(text: string) {
  return loadConfig(configDefinition, { file: 'init-waiter.yaml', text }, { env: {}, readFile: () => new Uint8Array() })
}

it('answers every odd value and every missing one with problems that have a place, and never throws', () => {
  expect(wrongAnswersToOddConfigs(configDefinition, join(import.meta.dirname, '..'))).toEqual([])
})

it('needs one line for the common case', () => {
  expect(load('steps: { db: { wait: "tcp://db:5432" } }')).toMatchObject({
    ok: true,
    value: { timeout: 300_000, steps: { db: { wait: { kind: 'tcp' }, after: [], successes: 1 } } },
  })
})

it('takes a wait with details as a block', () => {
  const text = 'steps: { auth: { wait: { http: "https://auth/healthz", status: 200-299, ca: /tls/ca.crt } } }'
  expect(load(text)).toMatchObject({
    ok: true,
    value: {
      steps: { auth: { wait: { http: 'https://auth/healthz', status: [{ from: 200, to: 299 }], ca: '/tls/ca.crt' } } },
    },
  })
})

it.each([
  ['steps: { a: { wait: "postgres://db/shop" } }', 'PM0109'],
  ['steps: { a: { wait: { grpc: "search:9000" } } }', 'PM0109'],
  ['steps: { a: { wait: "tcp://a:1", invert: refused } }', 'PM0109'],
  ['steps: { a: { migrate: { dir: /migrations } } }', 'PM0109'],
  ['report: { file: /dev/termination-log }\nsteps: { a: { wait: "tcp://a:1" } }', 'PM0109'],
  ['steps: { a: { wait: "a:1" } }', 'PM0110'],
  ['steps: { a: { wait: "tcp://a:1", succeses: 2 } }', 'PM0107'],
  ['steps: { a: { wait: "tcp://a:1", after: [b] } }', 'PM0201'],
  ['steps: { a: { wait: "tcp://a:1", after: [b] }, b: { wait: "tcp://b:1", after: [a] } }', 'PM0202'],
  ['timeout: 5m', 'PM0108'],
])('refuses %s with %s', (text, code) => {
  const loaded = load(text)
  expect(loaded.ok ? [] : loaded.problems.map((problem) => problem.code)).toContain(code)
})

it('names the cycle', () => {
  const loaded = load('steps: { a: { wait: "tcp://a:1", after: [b] }, b: { wait: "tcp://b:1", after: [a] } }')
  expect(JSON.stringify(loaded)).toContain('these steps wait for each other: a -> b -> a')
})
