import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createDistinctCount } from './distinct-count.ts'

it.each([0, 1, 2, 100, 512])('counts %i different members exactly, however often each comes', (size) => {
  const set = createDistinctCount()
  for (let round = 0; round < 3; round += 1) for (let n = 0; n < size; n += 1) set.add(`user-${n}`)
  expect(set.count()).toBe(size)
})

it('counts any number of members within 8 %', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60_000 }), fc.string(), (size, prefix) => {
      const set = createDistinctCount()
      for (let n = 0; n < size; n += 1) set.add(`${prefix}${n}`)
      expect(Math.abs(set.count() - size)).toBeLessThanOrEqual(size * 0.08)
    }),
    { numRuns: 40 },
  )
})
