/** Lives for the tests, as short as can be. */
import type { Timeline, TimelineEntry } from '../timeline/timeline.ts'
import type { Life, OwnLine } from './life.ts'

type Told<Entry> = Entry extends unknown ? Omit<Entry, 'atMs'> : never

/** A sidecar `proxy` and an app, with what happened at which second. */
export function lifeOf(
  happened: readonly (readonly [seconds: number, entry: Told<TimelineEntry>])[],
  said: readonly (readonly [seconds: number, container: string, text: string])[] = [],
): Life {
  const timeline: Timeline = {
    pod: 'test',
    driver: 'none',
    startedAt: '2026-01-01T00:00:00.000Z',
    containers: [
      { name: 'proxy', role: 'sidecar' },
      { name: 'app', role: 'app' },
    ],
    entries: happened.map(([seconds, entry]) => ({ atMs: seconds * 1000, ...entry }) as TimelineEntry),
  }
  const lines: OwnLine[] = said.map(([seconds, container, text]) => ({ container, atMs: seconds * 1000, text }))
  return { timeline, lines }
}

const of = (container: string, run = 0) => ({ container, run })

export const runs = (container: string, run?: number) => ({ ...of(container, run), what: 'running' as const })
export const starts = (container: string, run?: number) => ({ ...of(container, run), what: 'started' as const })
export const exits = (container: string, exitCode: number, run?: number) => ({
  ...of(container, run),
  what: 'exited' as const,
  exitCode,
})
export const isTold = (container: string, why: 'termination' | 'livenessProbe' = 'termination', run?: number) => ({
  ...of(container, run),
  what: 'stopSignal' as const,
  why,
})
export const terminating = (reason: 'Deleted' | 'Completed') => ({
  what: 'terminating' as const,
  reason,
  graceMs: 30_000,
})
