import { seededRandom } from '@podmates/shared/world/random.ts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { roundRobin } from './round-robin.ts'

it('takes each endpoint in turn', () => {
  const pick = roundRobin<string>(seededRandom(1))
  const turns = Array.from({ length: 6 }, () => pick(['a', 'b', 'c'], []))
  expect(turns.slice(0, 3).toSorted()).toEqual(['a', 'b', 'c'])
  expect(turns.slice(3)).toEqual(turns.slice(0, 3))
})

it('begins at another endpoint in another process', () => {
  const firsts = Array.from({ length: 20 }, (_, seed) => roundRobin<string>(seededRandom(seed))(['a', 'b', 'c'], []))
  expect(new Set(firsts)).toEqual(new Set(['a', 'b', 'c']))
})

it('takes an endpoint again only when the request has been to all', () => {
  const endpoints = ['a', 'b', 'c']
  fc.assert(
    fc.property(fc.integer(), fc.subarray(endpoints), (seed, tried) => {
      const picked = roundRobin<string>(seededRandom(seed))(endpoints, tried)
      expect(endpoints).toContain(picked)
      if (tried.length < endpoints.length) expect(tried).not.toContain(picked)
    }),
    { seed: 1 },
  )
})

it('does not send every request to the failing endpoint first, because its retry took a turn', () => {
  const pick = roundRobin<string>(seededRandom(1))
  const firsts = Array.from({ length: 10 }, () => {
    const first = pick(['good', 'failing'], [])
    if (first === 'failing') expect(pick(['good', 'failing'], ['failing'])).toBe('good')
    return first
  })
  expect(firsts.filter((first) => first === 'failing')).toHaveLength(5)
})

it('has nothing to give when there is no endpoint', () => {
  expect(roundRobin<string>(seededRandom(1))([], [])).toBeUndefined()
})
