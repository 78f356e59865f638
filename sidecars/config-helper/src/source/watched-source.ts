/** A source that is a directory: watched from start to stop, each look handed on to whoever is made of it. */
import type { Part } from '@podmates/shared/lifecycle/part.ts'
import type { Logger } from '@podmates/shared/log/logger.ts'
import type { Metrics } from '@podmates/shared/metrics/metrics.ts'
import { type VolumeState, type WatchMode, watchVolume } from '@podmates/shared/volume/watch.ts'
import type { Clock } from '@podmates/shared/world/clock.ts'

/** What the configuration says about a source. */
export interface SourcePlan {
  readonly name: string
  readonly dir: string
}

/** A source at work, and what is known of it now. */
export interface WatchedSource extends Part {
  readonly plan: SourcePlan
  /** Undefined before the first look. */
  state(): VolumeState | undefined
  mode(): WatchMode | undefined
}

/** What a source needs of the world. */
export interface SourceWorld {
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: SourceMetrics
  /** The watch cannot go on: a defect. */
  readonly fail: (error: unknown) => void
}

export type SourceMetrics = ReturnType<typeof createSourceMetrics>

/** The metrics of all sources; made once, each source is a label. */
export function createSourceMetrics(metrics: Metrics) {
  return {
    mode: metrics.gauge(
      'source_watch_mode',
      'How changes of a source are found: 1 for the mode in use. poll means that the kernel gave no inotify watch.',
      { labels: ['source', 'mode'] },
    ),
    frozen: metrics.gauge(
      'source_frozen_mounts',
      'Mounts in a source that never change, because they use subPath or are single files.',
      { labels: ['source'] },
    ),
    present: metrics.gauge('source_present', 'Whether the directory of a source is there and readable.', {
      labels: ['source'],
    }),
  }
}

/** @param onState called with each state, in order, from the first look until the part stops */
export function createWatchedSource(
  plan: SourcePlan,
  onState: (state: VolumeState) => void,
  { clock, log, metrics, fail }: SourceWorld,
): WatchedSource {
  const { name, dir } = plan
  const over = new AbortController()
  let watching: Promise<void> = Promise.resolve()
  let state: VolumeState | undefined
  let mode: WatchMode | undefined

  return {
    name: `source ${name}`,
    plan,
    state: () => state,
    mode: () => mode,
    async start() {
      const options = { signal: over.signal, onState: seen, onMode: modeChanged, onFrozen }
      watching = watchVolume(dir, options, { clock, log: log.child({ source: name }) }).catch(fail)
    },
    async stop() {
      over.abort()
      await watching
      return {}
    },
  }

  function seen(next: VolumeState): void {
    state = next
    metrics.present.set({ source: name }, next.state === 'present' ? 1 : 0)
    onState(next)
  }

  function modeChanged(next: WatchMode): void {
    mode = next
    metrics.mode.set({ source: name, mode: 'inotify' }, next.mode === 'inotify' ? 1 : 0)
    metrics.mode.set({ source: name, mode: 'poll' }, next.mode === 'poll' ? 1 : 0)
  }

  function onFrozen(mountPoints: readonly string[]): void {
    metrics.frozen.set({ source: name }, mountPoints.length)
  }
}
