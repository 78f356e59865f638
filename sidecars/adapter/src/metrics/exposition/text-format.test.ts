import { describe, expect, it } from 'vitest'
import { observe, type SeriesKind } from '../registry/series.ts'
import { createSeriesRegistry } from '../registry/series-registry.ts'
import { textFormat } from './text-format.ts'

function newRegistry() {
  const registry = createSeriesRegistry({ series: 100, seriesPerMetric: 100, ttlMs: 1000 }, {})
  const series = (name: string, kind: SeriesKind, ...tags: { name: string; value: string }[]) => {
    const found = registry.seriesFor(name, kind, tags, 0)
    if (typeof found === 'string') throw new Error(found)
    return found
  }
  return { registry, series, page: () => [...textFormat(registry.families())].join('') }
}

it('is empty without series', () => {
  expect(newRegistry().page()).toBe('')
})

it('writes every kind, each family in one block', () => {
  const { series, page } = newRegistry()
  const requests = series('requests', 'counter', { name: 'code', value: '200' })
  const temperature = series('temperature', 'gauge')
  const failures = series('requests', 'counter', { name: 'code', value: '500' })
  const users = series('users', 'distinct')
  if (requests.kind === 'counter') requests.value = 12.5
  if (failures.kind === 'counter') failures.value = 1e21
  if (temperature.kind === 'gauge') temperature.value = -3
  if (users.kind === 'distinct') users.members.add('alice')
  expect(page()).toBe(
    `
# HELP requests StatsD counter.
# TYPE requests counter
requests{code="200"} 12.5
requests{code="500"} 1e+21
# HELP temperature StatsD gauge.
# TYPE temperature gauge
temperature -3
# HELP users StatsD set: how many different members it has had.
# TYPE users gauge
users 1
`.trimStart(),
  )
})

describe('a histogram', () => {
  it('has cumulative buckets, bounds included, with its weight', () => {
    const { series, page } = newRegistry()
    const seconds = series('seconds', 'histogram', { name: 'route', value: '/x' })
    if (seconds.kind !== 'histogram') throw new Error('no histogram')
    observe(seconds, 0.005, 1)
    observe(seconds, 0.3, 2.5)
    observe(seconds, 99, 1)
    expect(page().split('\n').slice(1)).toEqual([
      '# TYPE seconds histogram',
      'seconds_bucket{route="/x",le="0.005"} 1',
      'seconds_bucket{route="/x",le="0.01"} 1',
      'seconds_bucket{route="/x",le="0.025"} 1',
      'seconds_bucket{route="/x",le="0.05"} 1',
      'seconds_bucket{route="/x",le="0.1"} 1',
      'seconds_bucket{route="/x",le="0.25"} 1',
      'seconds_bucket{route="/x",le="0.5"} 3.5',
      'seconds_bucket{route="/x",le="1"} 3.5',
      'seconds_bucket{route="/x",le="2.5"} 3.5',
      'seconds_bucket{route="/x",le="5"} 3.5',
      'seconds_bucket{route="/x",le="10"} 3.5',
      'seconds_bucket{route="/x",le="+Inf"} 4.5',
      'seconds_sum{route="/x"} 99.755',
      'seconds_count{route="/x"} 4.5',
      '',
    ])
  })
})

it.each([
  [Number.POSITIVE_INFINITY, '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
  [Number.NaN, 'NaN'],
  [0.1 + 0.2, '0.30000000000000004'],
])('writes %d as %s', (value, text) => {
  const { series, page } = newRegistry()
  const gauge = series('g', 'gauge')
  if (gauge.kind === 'gauge') gauge.value = value
  expect(page()).toContain(`\ng ${text}\n`)
})

it('comes in pieces, so that a page larger than the heap can be sent, and no series is divided', () => {
  const registry = createSeriesRegistry({ series: 1000, seriesPerMetric: 1000, ttlMs: 1000 }, {})
  for (let number = 0; number < 1000; number += 1) {
    registry.seriesFor('seconds', 'histogram', [{ name: 'route', value: `/${number}` }], 0)
  }
  const pieces = [...textFormat(registry.families())]
  expect(pieces.length).toBeGreaterThan(5)
  for (const piece of pieces) {
    expect(piece.length).toBeLessThan(70_000)
    expect(piece).toMatch(/^(# HELP|seconds_bucket\{route="\/\d+",le="0\.005"\})/)
    expect(piece).toMatch(/\nseconds_count\{route="\/\d+"\} 0\n$/)
  }
})
