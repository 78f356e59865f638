/**
 * Says when the content of a directory has changed, and says it once. The kernel's events are only a reason to
 * look: they get lost (renamed directories, gVisor, network file systems), they come without a change (chmod), and
 * on a busy node there may be none left. So every look compares the hash of a whole snapshot, and a slow look comes
 * round whatever the events say.
 */
import type { Logger } from '../log/logger.ts'
import type { Clock } from '../world/clock.ts'
import type { SnapshotLimits, VolumeState } from './snapshot.ts'

/** How a watch learns of changes; `reason` is an errno such as `EMFILE`, or `subPath`. */
export type WatchMode = { readonly mode: 'inotify' } | { readonly mode: 'poll'; readonly reason: string }

export interface WatchOptions {
  /**
   * Called with the first state, and then each time that the content, or what keeps it from being read, is another.
   * States that lasted shorter than a look may be left out, the last one never. Debouncing is the caller's.
   */
  readonly onState: (state: VolumeState) => void
  /** Called with the first mode and with each change of it: what the metric `watch_mode` shows. */
  readonly onMode?: (mode: WatchMode) => void
  /** Called with the mounts at or under the directory that will never change (subPath), when there are some. */
  readonly onFrozen?: (mountPoints: readonly string[]) => void
  /** Ends the watch; no state is delivered after it aborted. */
  readonly signal: AbortSignal
  /** Milliseconds between two looks that need no event; default 30_000. Nested plain directories are seen by it alone. */
  readonly rehashMs?: number
  /** Milliseconds between two looks while there are no events to wait for; default 1000. */
  readonly pollMs?: number
  readonly limits?: SnapshotLimits
}

export interface WatchWorld {
  readonly clock: Clock
  readonly log: Logger
}

/**
 * Watches `dir`, which need not exist yet, until the signal aborts.
 * @returns resolves when the signal has aborted and neither timer nor watch is left; rejects only with what a
 *   callback threw
 */
export function watchVolume(_dir: string, _options: WatchOptions, _world: WatchWorld): Promise<void> {
  throw new Error('signature only; the body follows')
}
