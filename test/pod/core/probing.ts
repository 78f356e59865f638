/**
 * When a probe is asked and what its answers amount to. Until the startupProbe has succeeded once the other
 * two are silent (S4); a startup or liveness verdict of "failed" puts that probe on hold until the next run.
 */
import type { ProbeKind } from '../timeline/timeline.ts'
import type { ContainerPlan, ProbePlan } from './plan.ts'
import {
  type AliveContainer,
  type ContainerState,
  isAlive,
  type PodState,
  type ProbeState,
  type Probing,
} from './state.ts'

export type Verdict = 'passed' | 'failed'

const kinds = ['startup', 'readiness', 'liveness'] as const

export function probePlan(plan: ContainerPlan, kind: ProbeKind): ProbePlan | undefined {
  return plan[`${kind}Probe`]
}

/** Probes for a program that runs since `sinceMs`: asked after their initial delay, at once when it is over. */
export function freshProbing(plan: ContainerPlan, sinceMs: number): Probing {
  const probing: { [kind in ProbeKind]?: ProbeState } = {}
  for (const kind of kinds) {
    const probe = probePlan(plan, kind)
    if (probe !== undefined) probing[kind] = { state: 'waiting', dueMs: sinceMs + probe.initialDelayMs }
  }
  return probing
}

/** Every probe that waits for its time, with that time. */
export function waitingProbes(state: PodState): { container: AliveContainer; kind: ProbeKind; dueMs: number }[] {
  return state.containers.filter(isAlive).flatMap((container) =>
    kinds.flatMap((kind) => {
      const probe = container.life.probing[kind]
      return probe?.state === 'waiting' && isAsked(kind, container, state)
        ? [{ container, kind, dueMs: probe.dueMs }]
        : []
    }),
  )
}

/** S28: readiness is asked to the very end; the others end with termination, except those of sidecars up to 1.36. */
function isAsked(kind: ProbeKind, { plan, life }: AliveContainer, { termination, rules }: PodState): boolean {
  if ((kind === 'startup') === life.started) return false
  if (life.is === 'running' || kind === 'readiness') return true
  return termination !== undefined && plan.role === 'sidecar' && rules.probesSidecarsWhileTerminating
}

/** The question is out; the next one is due a period later, or with the answer if that comes later still. */
export function markAsked(
  container: ContainerState,
  kind: ProbeKind,
  { periodMs }: ProbePlan,
  nowMs: number,
): ContainerState {
  const { life } = container
  if (!('probing' in life)) return container
  const probing = { ...life.probing, [kind]: { ...life.probing[kind], state: 'asked', dueMs: nowMs + periodMs } }
  return { ...container, life: { ...life, probing } }
}

/** Counts one answer. @returns a verdict each time that enough answers in a row agree */
export function answered(
  kind: ProbeKind,
  probe: ProbeState,
  { successThreshold, failureThreshold }: ProbePlan,
  ok: boolean,
): { readonly probe: ProbeState; readonly verdict?: Verdict } {
  const times = probe.last?.ok === ok ? probe.last.times + 1 : 1
  const counted: ProbeState = { ...probe, state: 'waiting', last: { ok, times } }
  if (times < (ok ? successThreshold : failureThreshold)) return { probe: counted }
  if (ok) return { probe: counted, verdict: 'passed' }
  return { probe: kind === 'readiness' ? counted : { ...counted, state: 'onHold' }, verdict: 'failed' }
}
