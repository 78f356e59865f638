import fc from 'fast-check'
import { expect, it } from 'vitest'
import { OutcomeWindow } from './outcome-window.ts'

it('counts exactly what came in this second and the nine before it', () => {
  const outcome = fc.record({ waitMs: fc.integer({ min: 0, max: 4000 }), kind: fc.constantFrom('good', 'bad') })
  fc.assert(
    fc.property(fc.array(outcome, { maxLength: 60 }), (outcomes) => {
      const window = new OutcomeWindow()
      const seen: { second: number; kind: string }[] = []
      let nowMs = 0
      for (const { waitMs, kind } of outcomes) {
        nowMs += waitMs
        window.count(kind, nowMs)
        seen.push({ second: Math.floor(nowMs / 1000), kind })
        const inside = seen.filter(({ second }) => second > Math.floor(nowMs / 1000) - 10)
        expect(window.total).toBe(inside.length)
        expect(window.bad).toBe(inside.filter((each) => each.kind === 'bad').length)
      }
    }),
    { seed: 1 },
  )
})

it('is empty after it was cleared, in whatever second', () => {
  const window = new OutcomeWindow()
  window.count('bad', 15_500)
  window.clear()
  window.count('good', 24_000)
  expect([window.bad, window.total]).toEqual([0, 1])
})
