/** How a Pod stands at one moment, as `kubectl get pod -o yaml` would tell it (S15). */
import { isPodReady, type PodPhase, phaseOf } from './core/phase.ts'
import { type ContainerState, isAlive, isOver, isReady, isStarted, type PodState } from './core/state.ts'
import type { Role } from './manifest/pod-manifest.ts'

export interface PodStatus {
  readonly phase: PodPhase
  readonly reason?: string
  /** All plain init containers are done and all sidecars have started once. */
  readonly initialized: boolean
  /** All app containers run and every container with a readinessProbe is ready. */
  readonly ready: boolean
  readonly terminating: boolean
  /** Terminating is over: nothing runs any more. */
  readonly over: boolean
  readonly containers: Readonly<Record<string, ContainerStatus>>
}

export interface ContainerStatus {
  readonly role: Role
  readonly state: 'waiting' | 'running' | 'terminated'
  readonly started: boolean
  readonly ready: boolean
  readonly restarts: number
  /** Of the last run that ended. */
  readonly exitCode?: number
}

export function statusOf(state: PodState): PodStatus {
  return {
    phase: phaseOf(state),
    ...(state.termination && { reason: state.termination.reason }),
    initialized: state.initialized,
    ready: isPodReady(state),
    terminating: state.termination !== undefined,
    over: isOver(state),
    containers: Object.fromEntries(state.containers.map((each) => [each.plan.name, containerStatusOf(each)])),
  }
}

function containerStatusOf(container: ContainerState): ContainerStatus {
  const { plan, run, lastExitCode } = container
  return {
    role: plan.role,
    state: stateOf(container),
    started: isStarted(container),
    ready: isReady(container),
    restarts: run,
    ...(lastExitCode !== undefined && { exitCode: lastExitCode }),
  }
}

/** One in back-off counts as terminated here; a cluster shows it as waiting, with its last end beside it. */
function stateOf(container: ContainerState): ContainerStatus['state'] {
  if (isAlive(container)) return 'running'
  return container.life.is === 'gone' && container.life.exitCode !== undefined ? 'terminated' : 'waiting'
}
