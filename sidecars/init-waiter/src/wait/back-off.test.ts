import { seededRandom } from '@podmates/shared/world/random.ts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { backOffMs } from './back-off.ts'

const always = (value: number) => ({ next: () => value })

it.each([
  { misses: 1, longestMs: 500 },
  { misses: 2, longestMs: 750 },
  { misses: 3, longestMs: 1125 },
  { misses: 6, longestMs: 3796.875 },
  { misses: 7, longestMs: 5000 },
  { misses: 10_000, longestMs: 5000 },
])('waits at most $longestMs ms after miss $misses', ({ misses, longestMs }) => {
  expect(backOffMs(misses, always(1))).toBe(longestMs)
  expect(backOffMs(misses, always(0))).toBe(0)
})

it('spreads over the whole range, so that replicas drift apart', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = seededRandom(seed)
      const waits = Array.from({ length: 200 }, () => backOffMs(7, random))
      expect(Math.min(...waits)).toBeLessThan(1000)
      expect(Math.max(...waits)).toBeGreaterThan(4000)
    }),
  )
})
