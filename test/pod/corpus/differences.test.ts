import { describe, expect, it } from 'vitest'
import { readCases } from './cases.ts'
import { type Difference, readDifferences, unexpected } from './differences.ts'

const listed: Difference[] = [{ pod: 'order', drivers: ['docker'], fact: 'phases:', reason: 'for the test' }]

describe('what is to be reported', () => {
  it.each([
    ['a disagreement that nobody listed', 'process' as const, ['phases: a; kubelet: b'], ['phases: a; kubelet: b']],
    ['nothing of one that is listed', 'docker' as const, ['phases: a; kubelet: b'], []],
    [
      'one that is listed and is none',
      'docker' as const,
      [],
      ['differences.yaml lists "phases:" for docker, but it is as on the kubelet: take it out'],
    ],
    ['nothing where all agree', 'process' as const, [], []],
  ])('is %s', (_what, driver, found, reported) => {
    expect(unexpected(found, { pod: 'order', driver }, listed)).toEqual(reported)
  })
})

it('every listed difference names a Pod of the corpus and has a reason', () => {
  const pods = readCases().map(({ name }) => name)
  for (const { pod, drivers, fact, reason } of readDifferences()) {
    expect(pods).toContain(pod)
    expect(drivers.length).toBeGreaterThan(0)
    expect(fact).not.toBe('')
    expect(reason.length, fact).toBeGreaterThan(20)
  }
})
