import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Series, SeriesKind } from './series.ts'
import { createSeriesRegistry, type SeriesLimits, type SeriesRefusal } from './series-registry.ts'

const roomy: SeriesLimits = { series: 1000, seriesPerMetric: 1000, ttlMs: 1000 }

const tag = (name: string, value = 'x') => ({ name, value })

function labelsOf(series: Series | SeriesRefusal): string {
  return typeof series === 'string' ? series : series.labels
}

describe('a series', () => {
  it('is the same whatever the order of its tags', () => {
    const registry = createSeriesRegistry(roomy, {})
    const first = registry.seriesFor('a', 'counter', [tag('x'), tag('y')], 0)
    expect(registry.seriesFor('a', 'counter', [tag('y'), tag('x')], 0)).toBe(first)
    expect(registry.size()).toBe(1)
  })

  it.each([
    { tags: [], fixed: {}, labels: '' },
    { tags: [tag('route', '/a"b\\c\nd')], fixed: {}, labels: 'route="/a\\"b\\\\c\\nd"' },
    { tags: [tag('http.code', '200')], fixed: {}, labels: 'http_code="200"' },
    { tags: [tag('a', '1'), tag('a', '2')], fixed: {}, labels: 'a="2"' },
    { tags: [tag('app', 'sent')], fixed: { app: 'checkout' }, labels: 'app="checkout"' },
    { tags: [tag('le', '5')], fixed: {}, labels: 'tag_le="5"' },
  ])('with $tags and fixed $fixed has the labels $labels', ({ tags, fixed, labels }) => {
    expect(labelsOf(createSeriesRegistry(roomy, fixed).seriesFor('a', 'gauge', tags, 0))).toBe(labels)
  })
})

describe('a name that is taken by another kind is refused', () => {
  it.each<[SeriesKind, string, SeriesKind, string]>([
    ['counter', 'a', 'gauge', 'a'],
    ['gauge', 'a', 'distinct', 'a'],
    ['histogram', 'a', 'counter', 'a_count'],
    ['histogram', 'a', 'gauge', 'a_sum'],
    ['counter', 'a_bucket', 'histogram', 'a'],
  ])('%s %s, then %s %s', (firstKind, first, secondKind, second) => {
    const registry = createSeriesRegistry(roomy, {})
    registry.seriesFor(first, firstKind, [], 0)
    expect(registry.seriesFor(second, secondKind, [], 0)).toBe('type_conflict')
    expect([...registry.families()].map((family) => family.name)).toEqual([first])
  })

  it('until the last series of that name has expired', () => {
    const registry = createSeriesRegistry(roomy, {})
    registry.seriesFor('a', 'histogram', [], 0)
    expect(registry.expire(1000)).toBe(1)
    expect(labelsOf(registry.seriesFor('a_count', 'counter', [], 1000))).toBe('')
  })
})

describe('the limits', () => {
  it('refuse a new series of a metric that has too many, and take the known ones', () => {
    const registry = createSeriesRegistry({ ...roomy, seriesPerMetric: 2 }, {})
    for (const value of ['1', '2', '3']) registry.seriesFor('a', 'counter', [tag('id', value)], 0)
    expect(registry.seriesFor('a', 'counter', [tag('id', '3')], 0)).toBe('series_per_metric_limit')
    expect(labelsOf(registry.seriesFor('a', 'counter', [tag('id', '1')], 0))).toBe('id="1"')
    expect(labelsOf(registry.seriesFor('b', 'counter', [], 0))).toBe('')
  })

  it('refuse any new series when there are too many in all, and leave no empty family behind', () => {
    const registry = createSeriesRegistry({ ...roomy, series: 1 }, {})
    registry.seriesFor('a', 'counter', [], 0)
    expect(registry.seriesFor('b', 'counter', [], 0)).toBe('series_limit')
    expect([...registry.families()].map((family) => family.name)).toEqual(['a'])
  })
})

it('expires a series exactly when it had no sample for its time, and tells those who hold it', () => {
  const registry = createSeriesRegistry(roomy, {})
  const series = registry.seriesFor('a', 'gauge', [], 0)
  if (typeof series === 'string') throw new Error(series)
  series.touchedMs = 500
  expect(registry.expire(1499)).toBe(0)
  expect(series.isExpired).toBe(false)
  expect(registry.expire(1500)).toBe(1)
  expect(series.isExpired).toBe(true)
  expect(registry.size()).toBe(0)
})

it('never holds more series than its limits, nor two families that write the same name, in any order of samples', () => {
  const sample = fc.record({
    name: fc.constantFrom('a', 'a_sum', 'a_count', 'b', 'b_bucket'),
    kind: fc.constantFrom<SeriesKind>('counter', 'gauge', 'histogram', 'distinct'),
    value: fc.constantFrom('1', '2', '3', '4'),
    atMs: fc.nat({ max: 5000 }),
  })
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 60 }), (samples) => {
      const registry = createSeriesRegistry({ series: 5, seriesPerMetric: 3, ttlMs: 1000 }, {})
      for (const { name, kind, value, atMs } of samples.toSorted((a, b) => a.atMs - b.atMs)) {
        registry.expire(atMs)
        const series = registry.seriesFor(name, kind, [tag('id', value)], atMs)
        if (typeof series !== 'string') series.touchedMs = atMs
        const families = [...registry.families()]
        const written = families.flatMap((family) =>
          family.kind === 'histogram'
            ? ['', '_bucket', '_sum', '_count'].map((suffix) => family.name + suffix)
            : [family.name],
        )
        expect(new Set(written).size).toBe(written.length)
        expect(families.reduce((sum, family) => sum + family.series.size, 0)).toBe(registry.size())
        expect(registry.size()).toBeLessThanOrEqual(5)
        for (const family of families) {
          expect(family.series.size).toBeLessThanOrEqual(3)
          expect(family.series.size).toBeGreaterThan(0)
        }
      }
    }),
  )
})
