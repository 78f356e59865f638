import { expect, it } from 'vitest'
import { hardLife } from './hard-life.case.ts'
import { livesOf } from './lives.ts'

const lives = livesOf(hardLife)
const named = (name: string) => lives.find((life) => life.name === name)

it('an init container that failed once has two spans of work, and lets the next begin when it exits with 0', () => {
  expect(named('migrate')).toMatchObject({
    restarts: 1,
    openedMs: 3000,
    spans: [
      { doing: 'starts', fromMs: 0, toMs: 100 },
      { doing: 'ready', fromMs: 100, toMs: 900 },
      { doing: 'starts', fromMs: 1900, toMs: 2000 },
      { doing: 'ready', fromMs: 2000, toMs: 3000 },
    ],
    moments: [{ what: 'failed', atMs: 900 }],
  })
})

it('a sidecar starts until its startup probe passes, and ends from its stop signal on', () => {
  expect(named('stubborn')).toEqual({
    name: 'stubborn',
    role: 'sidecar',
    restarts: 0,
    startingMs: 3000,
    openedMs: 4600,
    stopSignalMs: 28_550,
    exited: { atMs: 32_520, exitCode: 137 },
    spans: [
      { doing: 'starts', fromMs: 3000, toMs: 4600 },
      { doing: 'ready', fromMs: 4600, toMs: 28_550 },
      { doing: 'ends', fromMs: 28_550, toMs: 32_520 },
    ],
    moments: [
      { what: 'probeFailed', atMs: 3600 },
      { what: 'preStop', atMs: 27_000 },
      { what: 'stopSignal', atMs: 28_550 },
      { what: 'killed', atMs: 32_500 },
      { what: 'failed', atMs: 32_520 },
    ],
  })
})

it('one that nothing is told of about readiness works from its start on', () => {
  expect(named('crashes')?.spans.map(({ doing }) => doing)).toEqual(['starts', 'ready', 'starts', 'ready', 'ends'])
})

it('an app is up but not ready until its readiness probe passes', () => {
  expect(named('a-name-that-is-too-long')?.spans).toContainEqual({ doing: 'up', fromMs: 4800, toMs: 6800 })
})

it('one that is still there at the end of the timeline works to its end', () => {
  const [, stubborn] = livesOf({ ...hardLife, entries: hardLife.entries.filter(({ atMs }) => atMs <= 25_000) })
  expect(stubborn?.spans.at(-1)).toEqual({ doing: 'ready', fromMs: 4600, toMs: 25_000 })
})

it('one that never began has no span', () => {
  const [, , , , never] = livesOf({ ...hardLife, entries: hardLife.entries.slice(0, 5) })
  expect(never).toEqual({ name: 'no-such-image', role: 'app', restarts: 0, spans: [], moments: [] })
})
