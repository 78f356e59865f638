import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type LatencyWindow, latencyWindow } from './latency-window.ts'

function recordMany(window: LatencyWindow, count: number, ms: number): void {
  for (let index = 0; index < count; index += 1) window.record(ms)
}

/** By the definition: the smallest value that at least this share does not exceed. */
function exactQuantile(all: readonly number[], share: number): number {
  return all.toSorted((a, b) => a - b)[Math.ceil(share * all.length - 1e-9) - 1] ?? 0
}

it.each([
  { share: 0.5, answers: 20 },
  { share: 0.9, answers: 20 },
  { share: 0.95, answers: 20 },
  { share: 0.99, answers: 100 },
  { share: 0.999, answers: 1000 },
])('tells the quantile $share from $answers answers on', ({ share, answers }) => {
  const window = latencyWindow(fakeClock())
  recordMany(window, answers - 1, 5)
  expect(window.quantile(share)).toBeUndefined()
  window.record(5)
  expect(window.quantile(share)).toBeCloseTo(5, 1)
})

it('tells every quantile within 1/64 of the true one, or 1/32 ms', () => {
  const ms = fc.oneof(
    fc.double({ min: 0, max: 3, noNaN: true }),
    fc.double({ min: 0, max: 500, noNaN: true }),
    fc.double({ min: 0, max: 1_000_000, noNaN: true }),
  )
  const share = fc.double({ min: 0.001, max: 0.949, noNaN: true })
  fc.assert(
    fc.property(fc.array(ms, { minLength: 20, maxLength: 300 }), share, (all, share) => {
      const window = latencyWindow(fakeClock())
      for (const each of all) window.record(each)
      const exact = exactQuantile(all, share)
      expect(Math.abs((window.quantile(share) ?? Number.NaN) - exact)).toBeLessThanOrEqual(
        Math.max(exact / 64, 1 / 32) + 1 / 32 / 16,
      )
    }),
    { seed: 3, numRuns: 500 },
  )
})

it('holds the answers of the last 25 s and none from before the last 30 s, in any order of answers and pauses', async () => {
  const step = fc.record({
    pauseMs: fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 40_000 })),
    ms: fc.integer({ min: 1, max: 1000 }),
    count: fc.integer({ min: 1, max: 20 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
      const clock = fakeClock()
      const window = latencyWindow(clock)
      const recorded: { atMs: number; ms: number }[] = []
      for (const { pauseMs, ms, count } of steps) {
        await clock.advance(pauseMs)
        recordMany(window, count, ms)
        for (let index = 0; index < count; index += 1) recorded.push({ atMs: clock.now(), ms })
        const oldestMs = (Math.floor(clock.now() / 5000) - 5) * 5000
        const held = recorded.filter(({ atMs }) => atMs >= oldestMs).map(({ ms }) => ms)
        const told = window.quantile(0.9)
        if (held.length < 20) expect(told).toBeUndefined()
        else expect(Math.abs((told ?? Number.NaN) - exactQuantile(held, 0.9))).toBeLessThanOrEqual(1000 / 64)
      }
    }),
    { seed: 4, numRuns: 100 },
  )
})

it('forgets what is older, slice by slice', async () => {
  const clock = fakeClock()
  const window = latencyWindow(clock)
  recordMany(window, 100, 100)
  await clock.advance(25_000)
  recordMany(window, 100, 1)
  expect(window.quantile(0.95)).toBeCloseTo(100, -1)
  await clock.advance(5000)
  expect(window.quantile(0.95)).toBeCloseTo(1, 1)
  await clock.advance(86_400_000)
  expect(window.quantile(0.5)).toBeUndefined()
})

it.each([
  { ms: 0, told: 0 },
  { ms: 17 * 60_000, told: 17 * 60_000 },
  { ms: 1e9, told: 1_048_576 },
  { ms: Number.MAX_VALUE, told: 1_048_576 },
  { ms: Number.POSITIVE_INFINITY, told: 1_048_576 },
])('takes $ms ms, and forgets it', async ({ ms, told }) => {
  const clock = fakeClock()
  const window = latencyWindow(clock)
  recordMany(window, 20, ms)
  const difference = Math.abs((window.quantile(0.5) ?? Number.NaN) - told)
  expect(difference).toBeLessThanOrEqual(told / 64)
  await clock.advance(30_000)
  expect(window.quantile(0.5)).toBeUndefined()
})
