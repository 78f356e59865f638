import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Burst, onChange, type Settling, settled, settlesAtMs } from './settling.ts'

const rules = { quietMs: 500, maxMs: 5000 }

const after = (changesMs: readonly number[]): Burst => changesMs.reduce<Settling>(onChange, settled) as Burst

describe('settling', () => {
  it.each([
    { when: 'one change came', changesMs: [100], atMs: 600 },
    { when: 'a second change came within the quiet time', changesMs: [100, 400], atMs: 900 },
    { when: 'changes never stop', changesMs: [0, 450, 900, 1350, 4900], atMs: 5000 },
  ])('is due at $atMs ms when $when', ({ changesMs, atMs }) => {
    expect(settlesAtMs(after(changesMs), rules)).toBe(atMs)
  })

  it('is due neither before the last change nor later than the limits, in any rhythm of changes', () => {
    const changes = fc.array(fc.nat(10_000), { minLength: 1 }).map((times) => times.toSorted((a, b) => a - b))
    fc.assert(
      fc.property(changes, fc.nat(1000), fc.nat(9000), (changesMs, quietMs, moreMs) => {
        const limits = { quietMs, maxMs: quietMs + moreMs }
        const atMs = settlesAtMs(after(changesMs), limits)
        const [firstMs = 0, lastMs = 0] = [changesMs[0], changesMs.at(-1)]
        expect(atMs).toBeLessThanOrEqual(lastMs + limits.quietMs)
        expect(atMs).toBeLessThanOrEqual(firstMs + limits.maxMs)
        expect(atMs === lastMs + limits.quietMs || atMs === firstMs + limits.maxMs).toBe(true)
      }),
    )
  })
})
