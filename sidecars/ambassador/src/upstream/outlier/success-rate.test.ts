import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ejectionMs, findOutliers, mayEject } from './success-rate.ts'

const sample = (endpoint: string, rate: number, requests = 1000) => ({
  endpoint,
  good: Math.round(rate * requests),
  bad: Math.round((1 - rate) * requests),
})

const good = (count: number) => Array.from({ length: count }, (_, at) => sample(`good ${at}`, 0.999))

it.each([
  { what: 'one of ten that serves half', samples: [...good(9), sample('bad', 0.5)], found: ['bad'] },
  { what: 'one that serves 99 % among those that serve all', samples: [...good(9), sample('fine', 0.99)], found: [] },
  { what: 'one that serves exactly 90 %', samples: [...good(9), sample('fine', 0.9)], found: [] },
  {
    what: 'two of twenty, the worse one first',
    samples: [sample('b', 0.4), ...good(18), sample('a', 0.1)],
    found: ['a', 'b'],
  },
  { what: 'all alike at half', samples: Array.from({ length: 8 }, (_, at) => sample(`${at}`, 0.5)), found: [] },
  { what: 'four endpoints', samples: [...good(3), sample('bad', 0)], found: [] },
  { what: 'one with 99 requests', samples: [...good(9), sample('new', 0, 99)], found: [] },
  { what: 'four and one with 99 requests', samples: [...good(3), sample('bad', 0), sample('new', 1, 99)], found: [] },
])('finds $found among $what', ({ samples, found }) => {
  expect(findOutliers(samples)).toEqual(found)
})

it('finds none that serves nine of ten, and never all, whatever the others do', () => {
  const rates = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 40 })
  fc.assert(
    fc.property(rates, (all) => {
      const samples = all.map((rate, at) => sample(`${at}`, rate))
      const found = findOutliers(samples)
      expect(found.length).toBeLessThan(samples.length)
      for (const endpoint of found) expect(all[Number(endpoint)]).toBeLessThan(0.901)
    }),
    { seed: 1 },
  )
})

it.each([
  { endpoints: 5, ejected: 0, healthy: 5, maxEjected: 0.5, may: true },
  { endpoints: 5, ejected: 1, healthy: 4, maxEjected: 0.5, may: true },
  { endpoints: 5, ejected: 2, healthy: 3, maxEjected: 0.5, may: false },
  { endpoints: 9, ejected: 0, healthy: 9, maxEjected: 0.1, may: false },
  { endpoints: 10, ejected: 0, healthy: 10, maxEjected: 0.1, may: true },
  { endpoints: 5, ejected: 0, healthy: 1, maxEjected: 1, may: false },
  { endpoints: 5, ejected: 0, healthy: 5, maxEjected: 0, may: false },
])(
  'of $endpoints with $ejected out and $healthy healthy, at most $maxEjected: $may',
  ({ maxEjected, may, ...room }) => {
    expect(mayEject(room, maxEjected)).toBe(may)
  },
)

it.each([
  { times: 1, jitter: 0, ms: 30_000 },
  { times: 3, jitter: 0, ms: 90_000 },
  { times: 50, jitter: 0, ms: 300_000 },
  { times: 50, jitter: 0.5, ms: 285_000 },
])('ejects for $ms ms the $times. time with jitter $jitter', ({ times, jitter, ms }) => {
  expect(ejectionMs(times, 30_000, jitter)).toBe(ms)
})
