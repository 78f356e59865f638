import { join } from 'node:path'
import { loadConfig } from '@podmates/shared/config/load-config.ts'
import { wrongAnswersToOddConfigs } from '@podmates/shared/testing/odd-configs.ts'
import { describe, expect, it } from 'vitest'
import { configDefinition } from './config.ts'

function load(text: string) {
  return loadConfig(configDefinition, { file: 'adapter.yaml', text }, { env: {}, readFile: () => new Uint8Array() })
}

it('answers every odd value and every missing one with problems that have a place, and never throws', () => {
  expect(wrongAnswersToOddConfigs(configDefinition, join(import.meta.dirname, '..'))).toEqual([])
})

it('without any key listens for StatsD on 9125, reads /var/log/app/*.log and exposes 9102', () => {
  const statsd = { host: '127.0.0.1', port: 9125 }
  expect(load('{}')).toMatchObject({
    ok: true,
    value: {
      metrics: {
        statsd: { udp: statsd, tcp: statsd, signedGauge: 'auto' },
        limits: { series: 50_000, seriesPerMetric: 2000, ttl: 3_600_000 },
        expose: { address: { host: '0.0.0.0', port: 9102 }, path: '/metrics' },
      },
      logs: {
        inputs: [{ files: ['/var/log/app/*.log'], exclude: [], format: 'auto', maxLine: 262_144 }],
        outputs: { stdout: {} },
      },
    },
  })
})

it('opens only those StatsD listeners that are named, once one is', () => {
  const loaded = load('metrics: { statsd: { udp: "127.0.0.1:8125" } }')
  expect(loaded.ok && loaded.value.metrics.statsd).toEqual({
    udp: { host: '127.0.0.1', port: 8125 },
    signedGauge: 'auto',
  })
})

describe('refuses', () => {
  it.each([
    ['metrics: { statsd: { unix: /run/statsd.sock } }', 'PM0109'],
    ['metrics: { statsd: { mapping: /etc/mapping.yaml } }', 'PM0109'],
    ['metrics: { expvar: { url: "http://127.0.0.1:8080/debug/vars" } }', 'PM0109'],
    ['metrics: { push: { otlp: {} } }', 'PM0109'],
    ['logs: { schema: ecs }', 'PM0109'],
    ['logs: { outputs: { loki: { url: "http://loki" } } }', 'PM0109'],
    ['logs: { inputs: [{ stdin: true }] }', 'PM0109'],
    ['logs: { inputs: [{ files: ["*.log"] }] }', 'PM0110'],
    ['metrics: { limits: { series: 0 } }', 'PM0111'],
    ['metrics: { statd: {} }', 'PM0107'],
  ])('%s with %s', (text, code) => {
    const loaded = load(text)
    expect(loaded.ok ? [] : loaded.problems.map((problem) => problem.code)).toContain(code)
  })
})
