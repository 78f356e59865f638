import { stripVTControlCharacters } from 'node:util'
import { expect, it } from 'vitest'
import { drawChart } from './chart.ts'
import type { Timeline, TimelineEntry } from './timeline.ts'

const of = (container: string, run = 0) => ({ container, run })

const entries: readonly TimelineEntry[] = [
  { atMs: 0, what: 'phase', phase: 'Pending' },
  { atMs: 0, ...of('wait'), what: 'starting' },
  { atMs: 20, ...of('wait'), what: 'running' },
  { atMs: 20, ...of('wait'), what: 'started' },
  { atMs: 900, ...of('wait'), what: 'exited', exitCode: 0 },
  { atMs: 900, ...of('ambassador'), what: 'starting' },
  { atMs: 950, ...of('ambassador'), what: 'running' },
  { atMs: 1950, ...of('ambassador'), what: 'started' },
  { atMs: 1950, ...of('a-name-that-is-too-long'), what: 'starting' },
  { atMs: 2000, ...of('a-name-that-is-too-long'), what: 'running' },
  { atMs: 2000, ...of('a-name-that-is-too-long'), what: 'started' },
  { atMs: 3000, ...of('a-name-that-is-too-long'), what: 'exited', exitCode: 1 },
  { atMs: 3000, ...of('a-name-that-is-too-long', 1), what: 'starting' },
  { atMs: 3050, ...of('a-name-that-is-too-long', 1), what: 'running' },
  { atMs: 3050, ...of('a-name-that-is-too-long', 1), what: 'started' },
  { atMs: 4000, ...of('a-name-that-is-too-long', 1), what: 'ready' },
  { atMs: 6000, what: 'terminating', reason: 'Deleted', graceMs: 5000 },
  { atMs: 6000, ...of('ambassador'), what: 'preStop' },
  { atMs: 6000, ...of('a-name-that-is-too-long', 1), what: 'stopSignal', why: 'termination' },
  { atMs: 6300, ...of('ambassador'), what: 'preStopDone', ok: true },
  { atMs: 7100, ...of('a-name-that-is-too-long', 1), what: 'exited', exitCode: 143 },
  { atMs: 7100, ...of('ambassador'), what: 'stopSignal', why: 'termination' },
  { atMs: 9100, ...of('ambassador'), what: 'killed', why: 'termination' },
  { atMs: 9120, ...of('ambassador'), what: 'exited', exitCode: 137 },
  { atMs: 9120, what: 'phase', phase: 'Failed' },
  { atMs: 9120, what: 'ended' },
]

const timeline: Timeline = {
  pod: 'checkout-local',
  driver: 'process',
  startedAt: '2026-01-01T00:00:00.000Z',
  containers: [
    { name: 'wait', role: 'init' },
    { name: 'ambassador', role: 'sidecar' },
    { name: 'a-name-that-is-too-long', role: 'app' },
  ],
  entries,
}

const expected = `
checkout-local, process driver
Failed (Deleted at 6.00 s with 5 s of grace, over at 9.12 s)
                 0 s                     9.12 s    start   ready preStop    stop    exit    code
wait             ==                                 0.00    0.02                    0.90       0
ambassador       ..----=============p===~~~~~~x     0.90    1.95    6.00    7.10    9.12     137
a-name-that-is-~ ......===-=========~~~~            3.00    4.00            6.00    7.10     143 1x
. waits  - starts  = ready  p preStop  ~ after its stop signal  x killed  2x restarted twice
`

it('draws one line per container, its bar and the times of its last run', () => {
  expect(`\n${drawChart(timeline)}\n`).toBe(expected)
})

it('is never wider than 100 columns', () => {
  const late = entries.map((entry) => ({ ...entry, atMs: entry.atMs + 1_000_000_000 }))
  for (const line of drawChart({ ...timeline, entries: late }).split('\n')) expect(line.length).toBeLessThanOrEqual(100)
})

it('adds nothing but colour where colour is wanted', () => {
  const coloured = drawChart(timeline, { colour: true })
  expect(coloured).not.toBe(drawChart(timeline))
  expect(stripVTControlCharacters(coloured)).toBe(drawChart(timeline))
})

it('says that a Pod is not over yet, and draws what is not there as waiting', () => {
  const chart = drawChart({ ...timeline, entries: entries.slice(0, 4) })
  expect(chart).toContain('checkout-local, process driver\nPending\n')
  expect(chart).toContain('ambassador       ..............................')
})

it('draws a Pod to which nothing has happened', () => {
  expect(drawChart({ ...timeline, entries: [] })).toContain('Pending')
})
