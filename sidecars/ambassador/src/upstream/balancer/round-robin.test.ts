import fc from 'fast-check'
import { expect, it } from 'vitest'
import { balancerCases, balancing, endpoint, first, share } from './balancer.case.ts'

balancerCases('round-robin')

const three = () => ['a', 'b', 'c'].map((address) => endpoint(address))

it('takes each endpoint in turn', () => {
  const all = three()
  const balancer = balancing('round-robin', all)
  const turns = Array.from({ length: 6 }, () => balancer.pick(all, first)?.address)
  expect(turns.slice(0, 3).toSorted()).toEqual(['a', 'b', 'c'])
  expect(turns.slice(3)).toEqual(turns.slice(0, 3))
})

it('begins at another endpoint in another process', () => {
  const all = three()
  const firsts = Array.from({ length: 20 }, (_, seed) => balancing('round-robin', all, seed).pick(all, first)?.address)
  expect(new Set(firsts)).toEqual(new Set(['a', 'b', 'c']))
})

it('is never more than one request away from the share by weight, over any number of rounds', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer(),
      (weights, rounds, seed) => {
        const all = weights.map((weight, at) => endpoint(`${at}`, { weight }))
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        const counts = share(balancing('round-robin', all, seed), all, rounds * total)
        weights.forEach((weight, at) => {
          expect(Math.abs((counts[`${at}`] ?? 0) - rounds * weight)).toBeLessThanOrEqual(1)
        })
      },
    ),
    { seed: 1 },
  )
})

it('spreads the turns of a heavy endpoint instead of taking them in a row', () => {
  const all = [endpoint('heavy', { weight: 3 }), endpoint('a'), endpoint('b'), endpoint('c')]
  const balancer = balancing('round-robin', all)
  const turns = Array.from({ length: 60 }, () => balancer.pick(all, first)?.address)
  expect(turns.join(' ')).not.toContain('heavy heavy heavy')
})

it('does not send every request to the failing endpoint first, because its retry took a turn', () => {
  const [good, failing] = [endpoint('good'), endpoint('failing')]
  const balancer = balancing('round-robin', [good, failing])
  const firsts = Array.from({ length: 10 }, () => {
    const picked = balancer.pick([good, failing], first)?.address
    if (picked === 'failing') {
      expect(balancer.pick([good], { hashKey: undefined, tried: [failing] })?.address).toBe('good')
    }
    return picked
  })
  expect(firsts.filter((picked) => picked === 'failing')).toHaveLength(5)
})

it('gives the same turns to requests whether or not others are retried between them', () => {
  const turns = (retries: number) => {
    const all = three()
    const balancer = balancing('round-robin', all)
    return Array.from({ length: 12 }, () => {
      const picked = balancer.pick(all, first)
      const others = all.filter((each) => each !== picked)
      for (let retry = 0; retry < retries; retry += 1) balancer.pick(others, { hashKey: undefined, tried: [picked] })
      return picked?.address
    })
  }
  expect(turns(2)).toEqual(turns(0))
})
