import { expect, it } from 'vitest'
import { PeakLatency } from './peak-latency.ts'

it('expects 30 ms of an endpoint that has not answered', () => {
  expect(new PeakLatency(0).expected(0)).toBe(30)
})

it('jumps up at once on a slow answer', () => {
  const latency = new PeakLatency(0)
  latency.record(800, 10)
  expect(latency.expected(10)).toBe(800)
})

it('comes down slowly on fast answers: to 1/e of the way in 10 s', () => {
  const latency = new PeakLatency(0)
  latency.record(1000, 0)
  latency.record(0, 10_000)
  expect(latency.expected(10_000)).toBeCloseTo(1000 / Math.E, 6)
})

it('comes down without answers too, so that an endpoint that was slow is tried again', () => {
  const latency = new PeakLatency(0)
  latency.record(5000, 0)
  expect(latency.expected(60_000)).toBeLessThan(30)
})

it.each([
  { what: 'a fast failure as 5 s', ms: 2, retryAfterMs: undefined, expected: 5000 },
  { what: 'one with Retry-After as that', ms: 2, retryAfterMs: 8000, expected: 8000 },
  { what: 'a slow one as long as it took', ms: 7000, retryAfterMs: undefined, expected: 7000 },
])('counts $what', ({ ms, retryAfterMs, expected }) => {
  const latency = new PeakLatency(0)
  latency.recordFailure(ms, retryAfterMs, 0)
  expect(latency.expected(0)).toBe(expected)
})

it.each([
  { what: 'raises it when the attempt waited longer than expected', waited: 400, expected: 400 },
  { what: 'leaves it when the attempt was given up early', waited: 1, expected: 30 },
])('a cancelled attempt $what', ({ waited, expected }) => {
  const latency = new PeakLatency(0)
  latency.recordAtLeast(waited, 0)
  expect(latency.expected(0)).toBe(expected)
})
