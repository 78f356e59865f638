import { seededRandom } from '@podmates/shared/world/random.ts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { backOffMs } from './back-off.ts'

it.each([
  [1, 200],
  [2, 400],
  [3, 800],
  [5, 3200],
  [6, 5000],
  [1000, 5000],
])('waits at most as long after attempt %i as its limit, %i ms', (attempt, limitMs) => {
  expect(backOffMs(attempt, { next: () => 1 - Number.EPSILON })).toBe(limitMs)
  expect(backOffMs(attempt, { next: () => 0 })).toBe(0)
})

it('spreads the waits over the whole range, for any seed', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = seededRandom(seed)
      const waitsMs = Array.from({ length: 200 }, () => backOffMs(6, random))
      expect(Math.min(...waitsMs)).toBeLessThan(1000)
      expect(Math.max(...waitsMs)).toBeGreaterThan(4000)
    }),
  )
})
