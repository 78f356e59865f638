/** The phase of a Pod, computed from what its containers do, as the kubelet's getPhase does (S35). */
import { hasFailedInit } from './restart-policy.ts'
import { type ContainerState, isOver, isReady, ofRole, type PodState } from './state.ts'

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed'

/** What one container counts as: `waiting` never ran, `stopped` has run and is over, its hooks and its turn included. */
type Standing = 'waiting' | 'running' | 'stopped'

export function phaseOf(state: PodState): PodPhase {
  if (hasFailedInit(state)) return 'Failed'
  if (isOver(state)) return finalPhase(state)
  if (!state.initialized) return 'Pending'

  const apps = ofRole(state, 'app')
  const standings = apps.map(standingOf)
  if (standings.includes('waiting')) return 'Pending'
  if (standings.includes('running') || ofRole(state, 'sidecar').some(isRunning)) return 'Running'
  return stoppedPhase(state, apps)
}

/**
 * The phase that is told. As in the kubelet's status manager a final one waits for a start that is in flight: what is
 * told as over does not run again.
 */
export function phaseToTell(state: PodState): PodPhase {
  const phase = phaseOf(state)
  const isFinal = phase === 'Succeeded' || phase === 'Failed'
  return isFinal && state.containers.some(({ life }) => life.is === 'starting') ? (state.told.phase ?? phase) : phase
}

/** Nothing runs: what it means depends on whether something will run again. */
function stoppedPhase({ plan }: PodState, apps: readonly ContainerState[]): PodPhase {
  if (plan.restartPolicy === 'Always') return 'Running'
  if (apps.every(hasSucceeded)) return 'Succeeded'
  return plan.restartPolicy === 'Never' ? 'Failed' : 'Running'
}

/** S27: how the sidecars ended does not count. A Pod that ended before its apps had run has failed. */
function finalPhase(state: PodState): PodPhase {
  const reason = state.termination?.reason
  const isCut = reason === 'DeadlineExceeded' || reason === 'BackoffLimitExceeded' || reason === 'SandboxLost'
  return !isCut && ofRole(state, 'app').every(hasSucceeded) ? 'Succeeded' : 'Failed'
}

function standingOf({ life, lastExitCode }: ContainerState): Standing {
  switch (life.is) {
    case 'absent':
    case 'starting':
    case 'gone':
      return lastExitCode === undefined ? 'waiting' : 'stopped'
    case 'hooking':
    case 'running':
    case 'leaving':
      return 'running'
  }
}

function isRunning(container: ContainerState): boolean {
  return standingOf(container) === 'running'
}

function hasSucceeded({ life }: ContainerState): boolean {
  return life.is === 'gone' && life.exitCode === 0
}

/** All apps and sidecars are ready (S13). */
export function isPodReady(state: PodState): boolean {
  return state.initialized && ofRole(state, 'sidecar', 'app').every(isReady)
}
