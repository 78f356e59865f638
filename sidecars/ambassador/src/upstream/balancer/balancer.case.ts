/** What every balancer keeps, whatever it chooses by. Each balancer's own test file calls this. */
import { seededRandom } from '@podmates/shared/world/random.ts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { BalancerName } from '../upstream-options.ts'
import type { Balanced, Balancer } from './balancer.ts'
import { createBalancer } from './balancers.ts'

/** An endpoint whose facts a test sets. */
export interface TestEndpoint extends Balanced {
  active: number
  presentWeight: number
  expectedMs: number
}

/** @param has what differs from an idle endpoint of weight 1 that takes 30 ms */
export function endpoint(address: string, has: Partial<TestEndpoint> = {}): TestEndpoint {
  const weight = has.weight ?? 1
  return { address, active: 0, weight, presentWeight: weight, expectedMs: 30, ...has }
}

/** The first attempt of a request without a key. */
export const first = { hashKey: undefined, tried: [] }

/** The balancer of that name, told of all endpoints. */
export function balancing(name: BalancerName, all: readonly TestEndpoint[], seed = 1): Balancer<TestEndpoint> {
  const balancer = createBalancer<TestEndpoint>(name, seededRandom(seed))
  balancer.onEndpoints(all)
  return balancer
}

/** How often each address is picked in `times` attempts that end before the next. */
export function share(
  balancer: Balancer<TestEndpoint>,
  candidates: readonly TestEndpoint[],
  times: number,
): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(candidates.map(({ address }) => [address, 0]))
  for (let time = 0; time < times; time += 1) {
    const picked = balancer.pick(candidates, { hashKey: `key ${time}`, tried: [] })?.address ?? 'none'
    counts[picked] = (counts[picked] ?? 0) + 1
  }
  return counts
}

const someEndpoints = fc
  .array(fc.record({ active: fc.nat(20), weight: fc.integer({ min: 1, max: 10 }), expectedMs: fc.nat(9000) }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((facts) => facts.map((fact, at) => endpoint(`10.0.0.${at}:80`, { ...fact, presentWeight: fact.weight })))

/** The tests themselves. */
export function balancerCases(name: BalancerName): void {
  it('takes one of the candidates, and none that is not among them', () => {
    fc.assert(
      fc.property(someEndpoints, fc.integer(), fc.string(), fc.nat(), (all, seed, hashKey, out) => {
        const candidates = all.filter((_, at) => ((out >> at) & 1) === 0)
        const picked = balancing(name, all, seed).pick(candidates, { hashKey, tried: [] })
        if (candidates.length === 0) expect(picked).toBeUndefined()
        else expect(candidates).toContain(picked)
      }),
      { seed: 1 },
    )
  })

  it('is repeated by the same seed', () => {
    const all = ['a', 'b', 'c'].map((address) => endpoint(address))
    const run = () => {
      const balancer = balancing(name, all, 7)
      return Array.from({ length: 20 }, (_, at) => balancer.pick(all, { hashKey: `${at}`, tried: [] })?.address)
    }
    expect(run()).toEqual(run())
  })

  it('leaves no equal, idle endpoint without requests', () => {
    const all = ['a', 'b', 'c', 'd', 'e'].map((address) => endpoint(address))
    const counts = share(balancing(name, all), all, 5000)
    for (const { address } of all) expect(counts[address]).toBeGreaterThan(600)
  })

  it('goes on with those that discovery has left', () => {
    const [a, b, c] = [endpoint('a'), endpoint('b'), endpoint('c')]
    const balancer = balancing(name, [a, b])
    balancer.onEndpoints([b, c])
    const counts = share(balancer, [b, c], 1000)
    expect(Object.keys(counts).toSorted()).toEqual(['b', 'c'])
    expect(counts.c).toBeGreaterThan(200)
  })
}
