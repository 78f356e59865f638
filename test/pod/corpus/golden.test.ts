import { describe, expect, it } from 'vitest'
import { disagreements } from './disagreements.ts'
import { type Facts, factsOf } from './facts.ts'
import { goldenOf, readGolden, writeGolden } from './golden.ts'
import { exits, isTold, lifeOf, runs, terminating } from './life.case.ts'

/** proxy, app; deletion at 5 s; the app ends at 7 s, the proxy is told at `proxyTold`. */
const life = (proxyTold = 7.1, appRuns = 2): Facts =>
  factsOf(
    lifeOf([
      [1, runs('proxy')],
      [appRuns, runs('app')],
      [5, terminating('Deleted')],
      [5, isTold('app')],
      [7, exits('app', 0)],
      [proxyTold, isTold('proxy')],
      [9, exits('proxy', 0)],
    ]),
  )

describe('a golden file', () => {
  it('holds the order without what follows from it, and no order of what is close together', () => {
    expect(goldenOf('v1.33.0', [life()]).order).toEqual([
      'proxy runs < app runs',
      'app runs < deletion',
      'app runs < app is told to end',
      'deletion < app exits',
      'deletion < proxy is told to end',
      'app is told to end < app exits',
      'app is told to end < proxy is told to end',
      'app exits < proxy exits',
      'proxy is told to end < proxy exits',
    ])
  })

  it('holds only the order and the times that all recordings have', () => {
    const golden = goldenOf('v1.33.0', [life(), life(7.2, 0.5), life(8.7)])
    expect(golden.order).not.toContain('proxy runs < app runs')
    expect(golden.times).toEqual({
      'app is told to end, into the end': 0,
      'app exits, into the end': 2,
      'proxy exits, into the end': 4,
    })
    expect(golden.varying).toEqual(['proxy is told to end, into the end: 2.1, 2.2, 3.7 s'])
  })

  it('names besides what has no order, because it is too close to the rest or not in every recording', () => {
    const hooks = lifeOf(
      [
        [1, runs('app')],
        [9, exits('app', 0)],
      ],
      [[9, 'app', 'preStop']],
    )
    const without = factsOf(
      lifeOf([
        [1, runs('app')],
        [9, exits('app', 0)],
      ]),
    )
    expect(goldenOf('v1.33.0', [factsOf(hooks), without]).besides).toEqual(['app preStop'])
    expect(goldenOf('v1.33.0', [without])).not.toHaveProperty('besides')
  })

  it('is refused when the outcome is left to chance', () => {
    const other: Facts = { ...life(), phases: 'Pending' }
    expect(() => goldenOf('v1.33.0', [life(), other])).toThrow('phases differ between recordings: "" and "Pending"')
  })

  it('is read as it was written', () => {
    const golden = goldenOf('v1.33.0', [life()])
    expect(readGolden(writeGolden(golden))).toEqual(golden)
  })
})

describe('a life agrees with a golden file', () => {
  const golden = goldenOf('v1.33.0', [life()])

  it('when it is the same, or slower than it by a second', () => {
    expect(disagreements(golden, life())).toEqual([])
    expect(disagreements(golden, life(8.6))).toEqual([])
  })

  it('but not when it is slower still, or quicker by a second', () => {
    expect(disagreements(golden, life(9.5))).toEqual([
      'proxy is told to end < proxy exits: the other way round, by 500 ms',
      'proxy is told to end, into the end: 4.5 s; kubelet: 2 s',
    ])
    expect(disagreements(golden, life(5.9))).toEqual(['proxy is told to end, into the end: 0.9 s; kubelet: 2 s'])
  })

  it('nor when its outcome is another', () => {
    const other: Facts = { ...life(), end: 'Completed', runs: { proxy: ['exits 0'], app: ['exits 1', 'exits 0'] } }
    expect(disagreements(golden, other)).toEqual([
      'end: Completed; kubelet: Deleted',
      'app ends: exits 1; exits 0; kubelet: exits 0',
    ])
  })

  it('nor when something never happened', () => {
    const { moments, times, ...rest } = life()
    const found = disagreements(golden, {
      ...rest,
      moments: moments.filter(({ name }) => name !== 'deletion'),
      times: {},
    })
    expect(found).toEqual([
      'app runs < deletion: never "deletion"',
      'deletion < app exits: never "deletion"',
      'deletion < proxy is told to end: never "deletion"',
      ...Object.keys(times).map((name) => expect.stringMatching(`^${name}: never; kubelet: `)),
    ])
  })

  it('nor when something happened that never did on the kubelet', () => {
    const { moments, ...rest } = life()
    const found = disagreements(golden, { ...rest, moments: [...moments, { name: 'proxy preStop', atMs: 5000 }] })
    expect(found).toEqual(['proxy preStop: never on the kubelet'])
  })

  it('when a restart waited as long as its back-off says, however long a kubelet took to notice', () => {
    const restarted = (seconds: number): Facts =>
      factsOf(
        lifeOf([
          [1, exits('app', 1)],
          [1 + seconds, runs('app', 1)],
        ]),
      )
    const slow = goldenOf('v1.33.0', [restarted(13)])
    expect(disagreements(slow, restarted(10.1))).toEqual([])
    expect(disagreements(slow, restarted(2))).toEqual(['app#2 runs after a pause of 0 s; kubelet: 10 s'])
    expect(disagreements(slow, restarted(20))).toEqual(['app#2 runs after a pause of 20 s; kubelet: 10 s'])
  })
})
