import { describe, expect, it } from 'vitest'
import { isReached, readPlan } from './plan.ts'

describe('a plan', () => {
  it.each([
    ['ends by itself', { kind: 'ends by itself' }],
    [
      'delete 2 s after app runs',
      { kind: 'delete', afterMs: 2000, milestone: { container: 'app', what: 'running', run: 0 } },
    ],
    [
      'delete 1 s after my-app#3 exits, with 0 s of grace',
      { kind: 'delete', afterMs: 1000, milestone: { container: 'my-app', what: 'exited', run: 2 }, graceSeconds: 0 },
    ],
    [
      'delete 0 s after app cannot start',
      { kind: 'delete', afterMs: 0, milestone: { container: 'app', what: 'startFailed', run: 0 } },
    ],
  ])('%s', (text, plan) => {
    expect(readPlan(text)).toEqual(plan)
  })

  it.each([undefined, '', 'delete it', 'delete 1 s after app sings', 'delete 1 s after app#1 runs'])(
    'is not %j',
    (text) => {
      expect(() => readPlan(text)).toThrow(/^podmates\.dev\/plan: expected "ends by itself" or "delete 1 s after app/)
    },
  )

  it('is reached by that run of that container alone', () => {
    const milestone = { container: 'app', what: 'running', run: 1 } as const
    const entry = { container: 'app', what: 'running', run: 0, atMs: 0 } as const
    expect(isReached(milestone, [entry, { ...entry, container: 'proxy', run: 1 }])).toBe(false)
    expect(isReached(milestone, [entry, { ...entry, run: 1 }])).toBe(true)
  })
})
