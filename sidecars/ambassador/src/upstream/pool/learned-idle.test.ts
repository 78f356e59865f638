import { expect, it } from 'vitest'
import { LearnedIdle } from './learned-idle.ts'

it.each([
  { what: 'nothing', announcedMs: undefined, ms: 4000 },
  { what: '60 s', announcedMs: 60_000, ms: 4000 },
  { what: '5 s', announcedMs: 5000, ms: 4000 },
  { what: '3 s', announcedMs: 3000, ms: 2000 },
  { what: '1 s', announcedMs: 1000, ms: 500 },
  { what: '0 s', announcedMs: 0, ms: 0 },
])('keeps a connection for $ms ms when the endpoint announces $what', ({ announcedMs, ms }) => {
  const idle = new LearnedIdle(4000)
  idle.onAnnounced(announcedMs)
  expect(idle.timeoutMs(0)).toBe(ms)
})

it('learns from two closes at the same age, and forgets it after 10 minutes', () => {
  const idle = new LearnedIdle(4000)
  idle.onEarlyClose(2000, 10_000)
  expect(idle.timeoutMs(10_000)).toBe(4000)
  idle.onEarlyClose(2050, 15_000)
  expect(idle.timeoutMs(15_000)).toBe(1600)
  expect(idle.timeoutMs(614_999)).toBe(1600)
  expect(idle.timeoutMs(615_000)).toBe(4000)
})

it.each([
  {
    what: 'closes at different ages',
    closes: [
      [2000, 10_000],
      [1000, 12_000],
      [3000, 20_000],
    ],
  },
  {
    what: 'closes of one moment, as in a restart',
    closes: [
      [2000, 10_000],
      [2001, 10_001],
      [2002, 10_002],
    ],
  },
])('learns nothing from $what', ({ closes }) => {
  const idle = new LearnedIdle(4000)
  for (const [ageMs = 0, atMs = 0] of closes) idle.onEarlyClose(ageMs, atMs)
  expect(idle.timeoutMs(20_000)).toBe(4000)
})
