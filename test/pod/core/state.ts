/** Everything the core remembers about a Pod, and the plain questions one can ask of it. */
import type { Role } from '../manifest/pod-manifest.ts'
import type { ProbeKind, StopReason, TerminationReason } from '../timeline/timeline.ts'
import type { BackOff } from './back-off.ts'
import type { PodPhase } from './phase.ts'
import type { ContainerPlan, NodeRules, PodPlan } from './plan.ts'

export interface PodState {
  readonly plan: PodPlan
  readonly rules: NodeRules
  readonly bornMs: number
  /** Once true, plain init containers are never looked at again; only a new sandbox makes it false. */
  readonly initialized: boolean
  readonly sandbox: 'up' | 'lost'
  readonly termination?: Termination
  readonly containers: readonly ContainerState[]
  /** As last written to the timeline. */
  readonly told: { readonly phase?: PodPhase; readonly ready: boolean; readonly ended: boolean }
}

export interface Termination {
  readonly reason: TerminationReason
  readonly sinceMs: number
  /** The whole Pod shares this one budget. */
  readonly graceMs: number
}

export interface ContainerState {
  readonly plan: ContainerPlan
  /** Number of the present run, or of the next one while nothing was started yet. */
  readonly run: number
  readonly life: Life
  readonly backOff?: BackOff
  /** When the run before the present one ended. */
  readonly endBeforeMs?: number
  /** Of the last run that ended, whatever came after it. */
  readonly lastExitCode?: number
}

export type Life =
  /** Never started, in this sandbox. */
  | { readonly is: 'absent' }
  | { readonly is: 'starting' }
  /** Its program runs, its postStart hook too; nothing else in the Pod may start meanwhile. */
  | ({ readonly is: 'hooking' } & Alive)
  | ({ readonly is: 'running' } & Alive)
  /** On its way out, at one of the steps of `termination.ts`. */
  | ({
      readonly is: 'leaving'
      readonly why: StopReason
      readonly step: LeavingStep
      readonly exitCode?: number
    } & Alive)
  /** Ended; without an exit code its start had failed. `backOffFromMs` is explained in `back-off.ts`. */
  | { readonly is: 'gone'; readonly sinceMs: number; readonly exitCode?: number; readonly backOffFromMs?: number }

/** What a running program carries with it. */
export interface Alive {
  readonly sinceMs: number
  readonly started: boolean
  readonly ready: boolean
  readonly probing: Probing
}

export type Probing = { readonly [kind in ProbeKind]?: ProbeState }

export interface ProbeState {
  /** When to ask next. */
  readonly dueMs: number
  /** `asked` waits for an answer; `onHold` asks no more in this run. */
  readonly state: 'waiting' | 'asked' | 'onHold'
  /** The last answer and how often it came in a row. */
  readonly last?: { readonly ok: boolean; readonly times: number }
}

export type LeavingStep =
  | { readonly at: 'preStop'; readonly sinceMs: number; readonly graceMs: number }
  | { readonly at: 'turn'; readonly sinceMs: number; readonly graceMs: number }
  | { readonly at: 'signalled'; readonly killAtMs: number }
  | { readonly at: 'killed' }

export type AliveContainer = ContainerState & { readonly life: Extract<Life, Alive> }

/** Its program runs, as far as is known. */
export function isAlive(container: ContainerState): container is AliveContainer {
  const { life } = container
  return life.is === 'hooking' || life.is === 'running' || (life.is === 'leaving' && life.exitCode === undefined)
}

/** Nothing of it is left to wait for. */
export function isAtRest({ life }: ContainerState): boolean {
  return life.is === 'absent' || life.is === 'gone'
}

/** The gate for the next entry of the init list: running, postStart done, startupProbe passed. */
export function isStarted(container: ContainerState): boolean {
  return isAlive(container) && container.life.started
}

export function isReady(container: ContainerState): boolean {
  return isAlive(container) && container.life.ready
}

export function ofRole(state: PodState, ...roles: readonly Role[]): readonly ContainerState[] {
  return state.containers.filter(({ plan }) => roles.includes(plan.role))
}

/** Everything is over: the Pod was told to end and nothing of it is left. */
export function isOver(state: PodState): boolean {
  return state.termination !== undefined && state.containers.every(isAtRest)
}
