import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ticksOf, timeScale } from './time-scale.ts'

const moments = fc.array(fc.integer({ min: 0, max: 100_000_000 }), { minLength: 1, maxLength: 40 })

describe('the time scale', () => {
  it('keeps the order of time and stays between its edges, whatever happened when', () => {
    fc.assert(
      fc.property(moments, fc.option(fc.nat({ max: 39 })), (times, ending) => {
        const endBeginsMs = ending === null ? undefined : times[ending]
        const scale = timeScale(times, endBeginsMs, 100, 600)
        const places = [...times].sort((a, b) => a - b).map(scale.xOf)
        expect(places.every((x) => x >= 100 && x <= 600.001)).toBe(true)
        expect(places.every((x, at) => at === 0 || x >= (places[at - 1] ?? 0) - 0.001)).toBe(true)
        expect(scale.stretches.every(({ left, right }) => right - left > 50)).toBe(true)
      }),
    )
  })

  it('is one linear axis where nothing is quiet for long', () => {
    const scale = timeScale([0, 1000, 2000, 3000, 4000], undefined, 0, 400)
    expect(scale.stretches).toHaveLength(1)
    expect([0, 1000, 3000, 4000].map(scale.xOf)).toEqual([0, 100, 300, 400])
  })

  it('leaves out what is quiet, and says from when to when', () => {
    const { breaks } = timeScale([0, 1000, 2000, 3_600_000, 3_601_000], 3_600_000, 0, 400)
    expect(breaks).toMatchObject([{ fromMs: 2700, toMs: 3_600_000 }])
  })

  it('gives the end an axis of its own, without a break where nothing is left out', () => {
    const scale = timeScale([0, 1000, 2000, 2500, 3000], 2000, 0, 400)
    expect(scale.breaks).toEqual([])
    expect(scale.stretches).toMatchObject([
      { fromMs: 0, toMs: 2000, counts: 'sinceBegin' },
      { fromMs: 2000, toMs: 3000, counts: 'sinceEnd' },
    ])
  })

  it('breaks no more than three times, at the longest', () => {
    const times = [0, 100_000, 210_000, 330_000, 460_000, 600_000]
    expect(timeScale(times, undefined, 0, 400).breaks.map(({ toMs }) => toMs + 700)).toEqual([
      330_000, 460_000, 600_000,
    ])
  })
})

describe('ticks', () => {
  const stretch = { fromMs: 40_000, toMs: 42_000, left: 0, right: 200 } as const

  it('count seconds since the begin of the Pod', () => {
    const ticks = ticksOf({ ...stretch, counts: 'sinceBegin' }, 0)
    expect(ticks).toEqual([
      { x: 0, label: '40 s' },
      { x: 50, label: '40.5 s' },
      { x: 100, label: '41 s' },
      { x: 150, label: '41.5 s' },
      { x: 200, label: '42 s' },
    ])
  })

  it('count from the begin of the end once it has begun', () => {
    const ticks = ticksOf({ ...stretch, counts: 'sinceEnd' }, 40_000)
    expect(ticks.map(({ label }) => label)).toEqual(['+0 s', '+0.5 s', '+1 s', '+1.5 s', '+2 s'])
  })
})
