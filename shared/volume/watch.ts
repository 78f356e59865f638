/**
 * Says when the content of a directory has changed, and says it once. The kernel's events are only a reason to
 * look: they get lost (renamed directories, gVisor, network file systems), they come without a change (chmod), and
 * on a busy node there may be none left. So every look compares the hash of a whole snapshot, and a slow look comes
 * round whatever the events say.
 *
 * One watch, on the directory alone: watching a file dies with its first swap, and Node's recursive watch loses
 * `..data` after the first (both measured on Linux, over three swaps).
 */
import { watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { CodedError } from '../errors/coded-error.ts'
import type { Logger } from '../log/logger.ts'
import type { Clock } from '../world/clock.ts'
import { meaningOf } from './directory-event.ts'
import { createDoorbell } from './doorbell.ts'
import { frozenMounts } from './frozen-mounts.ts'
import { readSnapshot, type SnapshotLimits, type VolumeSnapshot } from './snapshot.ts'

/** What a watch knows of its directory. */
export type VolumeState =
  | { readonly state: 'present'; readonly snapshot: VolumeSnapshot }
  | { readonly state: 'absent' }
  | { readonly state: 'unreadable'; readonly error: CodedError }

/**
 * How a watch learns of changes. `reason` is `ENOENT` while the directory does not exist, `EMFILE` or `ENOSPC` when
 * the node has no inotify left, another errno, or `subPath`.
 */
export type WatchMode = { readonly mode: 'inotify' } | { readonly mode: 'poll'; readonly reason: string }

/** Whom to tell, how often to look, and when to end. */
export interface WatchOptions {
  /**
   * Called with the first state, and then each time that the content, or what keeps it from being read, is another.
   * States that lasted shorter than a look may be left out, the last one never. Debouncing is the caller's.
   */
  readonly onState: (state: VolumeState) => void
  /** Called with the first mode and with each change of it: what the metric `watch_mode` shows. */
  readonly onMode?: (mode: WatchMode) => void
  /** Called with the mounts at or under the directory that will never change (subPath), and again when they change. */
  readonly onFrozen?: (mountPoints: readonly string[]) => void
  /** Ends the watch; no state is delivered after it aborted. */
  readonly signal: AbortSignal
  /** Milliseconds between two looks that need no event; default 30_000. Nested plain directories are seen by it alone. */
  readonly rehashMs?: number
  /** Milliseconds between two looks while there are no events to wait for; default 1000. */
  readonly pollMs?: number
  readonly limits?: SnapshotLimits
}

/** What a watch depends on; `kernel` is the system's own unless a test stands in for it. */
export interface WatchWorld {
  readonly clock: Clock
  readonly log: Logger
  readonly kernel?: WatchKernel
}

/** What a watch asks of the system. */
export interface WatchKernel {
  /**
   * Calls back for each event in `dir` with the name of the entry, with the base name of `dir` when it is the
   * directory itself, and with null when the system does not say. Throws an errno when no watch can be had.
   */
  watch(dir: string, onEvent: (name: string | null) => void, onError: () => void): { close(): void }
  /** Text of /proc/self/mountinfo; empty where there is none. */
  mountInfo(): Promise<string>
}

export const systemKernel: WatchKernel = {
  watch: (dir, onEvent, onError) => watch(dir, (_, name) => onEvent(name)).on('error', onError),
  // Without the mount table a subPath merely goes unnoticed; watching works all the same.
  mountInfo: () => readFile('/proc/self/mountinfo', 'utf8').catch(() => ''),
}

/** Between two looks, so that a file that is written without a pause (a log) costs no more than 20 looks a second. */
const restMs = 50

/**
 * Watches `dir`, which need not exist yet, until the signal aborts.
 * @returns resolves when the signal has aborted and neither timer nor watch is left; rejects only with what a
 *   callback threw
 */
export async function watchVolume(
  dir: string,
  { onState, onMode, onFrozen, signal, rehashMs = 30_000, pollMs = 1000, limits }: WatchOptions,
  { clock, log, kernel = systemKernel }: WatchWorld,
): Promise<void> {
  const path = resolve(dir)
  const bell = createDoorbell({ clock })
  let watcher: { close(): void } | undefined
  let mode: WatchMode | undefined
  let frozen: readonly string[] = []
  let last: VolumeState | undefined
  let hasGeneration = false

  try {
    for (let woken = 'silence'; !signal.aborted; woken = await bell.wait(sleepMs(), signal)) {
      bell.clear()
      if (woken === 'silence' || watcher === undefined) tellMode(await watchAnew())
      // Not known during a look: the volume may just be turning into a plain directory, where every name counts.
      hasGeneration = false
      const state = await look(path, limits)
      hasGeneration = state.state === 'present' && state.snapshot.generation !== undefined
      if (signal.aborted) return
      if (last === undefined || differ(last, state)) onState(state)
      last = state
      await clock.sleep(restMs, signal)
    }
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error
  } finally {
    watcher?.close()
  }

  function sleepMs(): number {
    return mode?.mode === 'inotify' ? rehashMs : pollMs
  }

  /**
   * A watch is taken anew at every slow look, because nothing tells when one went blind: the directory was replaced
   * together with its parent, or something was mounted over it.
   */
  async function watchAnew(): Promise<WatchMode> {
    tellFrozen(await frozenMounts(await kernel.mountInfo(), path))
    const before = watcher
    try {
      watcher = frozen.length > 0 ? undefined : kernel.watch(path, onEvent, onLost)
      return watcher === undefined ? { mode: 'poll', reason: 'subPath' } : { mode: 'inotify' }
    } catch (error) {
      watcher = undefined
      return { mode: 'poll', reason: errnoOf(error) }
    } finally {
      before?.close()
    }
  }

  function onEvent(name: string | null): void {
    const meaning = meaningOf(name, { baseName: basename(path), hasGeneration })
    if (meaning === 'lost') onLost()
    if (meaning === 'look') bell.ring()
  }

  /** The directory was moved or removed, or an entry has its name; either way a new watch does no harm. */
  function onLost(): void {
    watcher?.close()
    watcher = undefined
    bell.ring()
  }

  function tellMode(found: WatchMode): void {
    if (isDeepStrictEqual(found, mode)) return
    const had = mode
    mode = found
    onMode?.(found)
    if (isShortage(found)) {
      log.warn({ dir, code: 'PM1206', reason: found.reason, poll_ms: pollMs }, 'changes are found by polling')
    } else if (isShortage(had)) {
      log.info({ dir }, 'changes are found by inotify again')
    }
  }

  function tellFrozen(found: readonly string[]): void {
    if (isDeepStrictEqual(found, frozen)) return
    frozen = found
    onFrozen?.(found)
    if (found.length > 0) log.warn({ dir, code: 'PM1207', mounts: found }, 'a mount in the directory never changes')
  }
}

/** A directory that does not exist yet and a subPath have their own ways to be told. */
function isShortage(mode: WatchMode | undefined): mode is WatchMode & { mode: 'poll' } {
  return mode?.mode === 'poll' && mode.reason !== 'ENOENT' && mode.reason !== 'subPath'
}

async function look(dir: string, limits: SnapshotLimits | undefined): Promise<VolumeState> {
  try {
    return { state: 'present', snapshot: await readSnapshot(dir, limits) }
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    return error.code === 'PM1201' ? { state: 'absent' } : { state: 'unreadable', error }
  }
}

function differ(a: VolumeState, b: VolumeState): boolean {
  if (a.state === 'present' && b.state === 'present') return a.snapshot.hash !== b.snapshot.hash
  if (a.state === 'unreadable' && b.state === 'unreadable') return a.error.message !== b.error.message
  return a.state !== b.state
}

function errnoOf(error: unknown): string {
  if (error instanceof Error && 'code' in error) return String(error.code)
  throw error
}
