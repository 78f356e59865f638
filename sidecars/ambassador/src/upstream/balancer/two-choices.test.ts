import { describe, expect, it } from 'vitest'
import { balancerCases, balancing, endpoint, first, share } from './balancer.case.ts'

describe('p2c', () => {
  balancerCases('p2c')

  it('takes the less busy of two', () => {
    const all = [endpoint('busy', { active: 3 }), endpoint('free', { active: 2 })]
    expect(share(balancing('p2c', all), all, 100)).toEqual({ busy: 0, free: 100 })
  })

  it('never takes the busiest of several, since two distinct ones are compared', () => {
    const all = [1, 2, 3, 9].map((active) => endpoint(`with ${active}`, { active }))
    expect(share(balancing('p2c', all), all, 1000)['with 9']).toBe(0)
  })

  it('asks for twice the load from twice the weight', () => {
    const all = [endpoint('heavy', { active: 5, weight: 2 }), endpoint('light', { active: 3 })]
    expect(share(balancing('p2c', all), all, 100)).toEqual({ heavy: 100, light: 0 })
  })

  it('gives idle endpoints their share by weight', () => {
    const all = [endpoint('heavy', { weight: 3 }), endpoint('light', { weight: 1 })]
    const { heavy = 0 } = share(balancing('p2c', all), all, 10_000)
    expect(heavy / 10_000).toBeCloseTo(0.75, 1)
  })

  it('gives one that starts slowly a tenth of the share at first', () => {
    const all = [endpoint('old'), endpoint('new', { presentWeight: 0.1 })]
    const counts = share(balancing('p2c', all), all, 11_000)
    expect(counts.new).toBeGreaterThan(800)
    expect(counts.new).toBeLessThan(1200)
  })
})

describe('ewma', () => {
  balancerCases('ewma')

  it.each([
    { what: 'the faster one', slow: { expectedMs: 31 }, fast: { expectedMs: 30 } },
    { what: 'the slower one that is much less busy', slow: { expectedMs: 30, active: 9 }, fast: { expectedMs: 50 } },
    { what: 'the one with more weight', slow: { expectedMs: 30 }, fast: { expectedMs: 30, weight: 2 } },
  ])('takes $what', ({ slow, fast }) => {
    const all = [endpoint('slow', slow), endpoint('fast', fast)]
    const balancer = balancing('ewma', all)
    for (let time = 0; time < 50; time += 1) expect(balancer.pick(all, first)?.address).toBe('fast')
  })
})
