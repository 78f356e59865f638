import fc from 'fast-check'
import { expect, it } from 'vitest'
import { balancerCases, balancing, endpoint, type TestEndpoint } from './balancer.case.ts'

balancerCases('hash')

const keys = Array.from({ length: 2000 }, (_, at) => `user-${at}`)

const endpoints = (count: number) => Array.from({ length: count }, (_, at) => endpoint(`10.0.${at}.1:8080`))

function homes(all: readonly TestEndpoint[], seed = 1): (string | undefined)[] {
  const balancer = balancing('hash', all, seed)
  return keys.map((hashKey) => balancer.pick(all, { hashKey, tried: [] })?.address)
}

const numberOfEndpoints = fc.integer({ min: 2, max: 20 })

it('sends a key to the same endpoint in every process, in whatever order discovery tells them', () => {
  fc.assert(
    fc.property(numberOfEndpoints, fc.integer(), (count, seed) => {
      const all = endpoints(count)
      expect(homes(all.toReversed(), seed)).toEqual(homes(all, 1))
    }),
    { seed: 1, numRuns: 20 },
  )
})

it('moves only the keys of an endpoint that goes, and about its share of them', () => {
  fc.assert(
    fc.property(numberOfEndpoints, fc.nat(19), (count, at) => {
      const all = endpoints(count)
      const gone = all[at % count]
      const before = homes(all)
      const after = homes(all.filter((each) => each !== gone))
      const moved = before.filter((home, key) => home !== after[key])
      expect(new Set(moved)).toEqual(new Set([gone?.address]))
      expect(moved.length / keys.length).toBeLessThan(1.6 / count)
      expect(moved.length / keys.length).toBeGreaterThan(0.5 / count)
    }),
    { seed: 1, numRuns: 30 },
  )
})

it('moves keys only to an endpoint that comes, and about its share of them', () => {
  fc.assert(
    fc.property(numberOfEndpoints, (count) => {
      const all = endpoints(count + 1)
      const newcomer = all.at(-1)?.address
      const before = homes(all.slice(0, -1))
      const moved = homes(all).filter((home, key) => home !== before[key])
      expect(new Set(moved)).toEqual(new Set([newcomer]))
      expect(moved.length / keys.length).toBeLessThan(1.6 / (count + 1))
    }),
    { seed: 1, numRuns: 20 },
  )
})

it('an endpoint that may not be used for a while gives its keys away and gets the same ones back', () => {
  const all = endpoints(5)
  const [out, ...others] = all
  const balancer = balancing('hash', all)
  const before = homes(all)
  keys.forEach((hashKey, at) => {
    const home = before[at]
    const meanwhile = balancer.pick(others, { hashKey, tried: [] })?.address
    if (home !== out?.address) expect(meanwhile).toBe(home)
    else expect(meanwhile).not.toBe(home)
  })
  expect(homes(all)).toEqual(before)
})

it('gives no endpoint more than 125 % of its share of what is in flight, whatever the keys', () => {
  fc.assert(
    fc.property(numberOfEndpoints, fc.array(fc.nat(3), { minLength: 1, maxLength: 200 }), (count, attempts) => {
      const all = endpoints(count)
      const balancer = balancing('hash', all)
      attempts.forEach((key, before) => {
        const picked = balancer.pick(all, { hashKey: `hot-${key}`, tried: [] })
        if (picked === undefined) throw new Error('nothing picked')
        picked.active += 1
        expect(picked.active).toBeLessThanOrEqual(Math.ceil((1.25 * (before + 1)) / count))
      })
    }),
    { seed: 1 },
  )
})

it('gives an endpoint keys by its weight', () => {
  const all = [endpoint('10.0.0.1:80', { weight: 3 }), endpoint('10.0.0.2:80')]
  const heavy = homes(all).filter((home) => home === '10.0.0.1:80').length
  expect(heavy / keys.length).toBeGreaterThan(0.65)
  expect(heavy / keys.length).toBeLessThan(0.85)
})

it('spreads requests without a key', () => {
  const all = endpoints(3)
  const balancer = balancing('hash', all)
  const picked = Array.from({ length: 50 }, () => balancer.pick(all, { hashKey: undefined, tried: [] })?.address)
  expect(new Set(picked).size).toBe(3)
})

it('agrees in every process where points of two endpoints meet', () => {
  // Both have a point at 3709164072, and it is the first from this key on.
  const all = [endpoint('10.0.1.106:80'), endpoint('10.0.2.143:80')]
  const home = (told: TestEndpoint[]) =>
    balancing('hash', told).pick(told, { hashKey: 'user-1244', tried: [] })?.address
  expect(home(all)).toBe('10.0.1.106:80')
  expect(home(all.toReversed())).toBe('10.0.1.106:80')
})
