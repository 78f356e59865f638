/**
 * What may start next. `initContainers` is one ordered list, sidecars included (S2): an entry starts when the
 * one before it is done, and the apps start when the last one is. Like the kubelet, the list is read from its
 * end: the last entry that ever started decides, so a sidecar that crashed earlier in the list is restarted
 * but does not hold up those after it again.
 */
import { mayStartAtMs, willRestart } from './restart-policy.ts'
import { type ContainerState, isStarted, ofRole, type PodState } from './state.ts'

/**
 * The one container to start now, if any. Starts never overlap: the kubelet's loop over a Pod waits for each
 * start call and each postStart hook (S3, S5, S8).
 */
export function nextToStart(state: PodState, nowMs: number): ContainerState | undefined {
  const isBusy = state.containers.some(({ life }) => life.is === 'starting' || life.is === 'hooking')
  if (isBusy || state.sandbox === 'lost' || state.termination !== undefined) return undefined
  return toStart(state).find((container) => mayStartAtMs(container) <= nowMs)
}

/** All that wait for nothing but their back-off, in the order of the list. */
export function toStart(state: PodState): readonly ContainerState[] {
  if (!state.initialized) return readInitList(state).toStart
  const sidecars = ofRole(state, 'sidecar').filter((sidecar) => willRestart(state.plan, sidecar))
  const apps = ofRole(state, 'app').filter((app) => app.life.is === 'absent' || willRestart(state.plan, app))
  return [...sidecars, ...apps]
}

/** True when the apps may start. */
export function isInitListDone(state: PodState): boolean {
  return readInitList(state).done
}

function readInitList(state: PodState): { readonly toStart: readonly ContainerState[]; readonly done: boolean } {
  const list = ofRole(state, 'init', 'sidecar')
  const decisive = list.findLastIndex(({ life }) => life.is !== 'absent')
  const isDone = decisive < 0 || isEntryDone(list[decisive])
  const restarts = list.slice(0, decisive + 1).filter((entry) => willRestart(state.plan, entry))
  const next = isDone ? list.slice(decisive + 1, decisive + 2) : []
  return { toStart: [...restarts, ...next], done: isDone && decisive === list.length - 1 }
}

/** A plain init container is done when it exited 0, a sidecar when it has started and still runs. */
function isEntryDone(entry: ContainerState | undefined): boolean {
  if (entry === undefined) return false
  return entry.plan.role === 'sidecar' ? isStarted(entry) : entry.life.is === 'gone' && entry.life.exitCode === 0
}
