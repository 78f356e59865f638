/**
 * The Pod as a pure machine: an event comes in, the next state and what has to be done come out. Each step
 * first takes down the fact that the event tells, then lets everything follow that is due now; so the order
 * in which facts arrive can change what happens next, but never break a rule.
 */
import type { TimelineEntry } from '../timeline/timeline.ts'
import { afterRestart } from './back-off.ts'
import { type Draft, draftOf, noteContainer, notePod, ofRun, setContainer } from './draft.ts'
import type { PodAction, PodEvent } from './events.ts'
import { takeDown } from './facts.ts'
import { isPodReady, phaseToTell } from './phase.ts'
import { type NodeRules, nodeRulesDefault, type PodPlan } from './plan.ts'
import { markAsked, probePlan, waitingProbes } from './probing.ts'
import { deadlineMs, mayStartAtMs, reasonToEnd } from './restart-policy.ts'
import { renewSandbox } from './sandbox.ts'
import { isInitListDone, nextToStart, toStart } from './start-order.ts'
import { type ContainerState, isOver, type PodState } from './state.ts'
import { advanceLeaving, beginTermination, leaveAll, leavingTimerMs } from './termination.ts'

export interface Step {
  readonly state: PodState
  readonly actions: readonly PodAction[]
  readonly entries: readonly TimelineEntry[]
  /** When the machine wants a `tick` if nothing else happens first; always later than the time of this step. */
  readonly wakeAtMs?: number
}

/** A Pod that was just bound to its node. Its first event is a `tick`. */
export function newPod(plan: PodPlan, nowMs: number, rules: NodeRules = nodeRulesDefault): PodState {
  return {
    plan,
    rules,
    bornMs: nowMs,
    initialized: false,
    sandbox: 'up',
    containers: plan.containers.map((container) => ({ plan: container, run: 0, life: { is: 'absent' } })),
    told: { ready: false, ended: false },
  }
}

/** @param nowMs monotonic; never less than in the step before */
export function step(state: PodState, event: PodEvent, nowMs: number): Step {
  const draft = draftOf(state, nowMs)
  takeDown(draft, event)
  follow(draft)
  tell(draft)
  const { state: next, actions, entries } = draft
  const wakeMs = wakeAtMs(next, nowMs)
  return { state: next, actions, entries, ...(wakeMs !== undefined && { wakeAtMs: wakeMs }) }
}

/** What is due by `nowMs` and has not happened waits for an event, not for time. */
function wakeAtMs(state: PodState, nowMs: number): number | undefined {
  if (isOver(state)) return undefined
  const timers = [
    ...waitingProbes(state).map(({ dueMs }) => dueMs),
    ...state.containers.map((container) => leavingTimerMs(container) ?? 0),
    ...(state.termination === undefined ? [deadlineMs(state), ...toStart(state).map(mayStartAtMs)] : []),
  ]
  const soonest = Math.min(...timers.filter((timeMs) => timeMs > nowMs))
  return Number.isFinite(soonest) ? soonest : undefined
}

/** Repeats until nothing more follows: the end of one container may be the turn of another. */
function follow(draft: Draft): void {
  let before: PodState
  do {
    before = draft.state
    endOfItself(draft)
    renewSandbox(draft)
    leaveAll(draft)
    advanceLeaving(draft)
    startNext(draft)
    askProbes(draft)
  } while (draft.state !== before)
}

function endOfItself(draft: Draft): void {
  const { state, nowMs } = draft
  if (state.termination !== undefined) return
  const reason = reasonToEnd(state, nowMs)
  if (reason !== undefined) beginTermination(draft, reason, state.plan.terminationGracePeriodMs)
}

function startNext(draft: Draft): void {
  if (canInitialize(draft.state)) {
    draft.state = { ...draft.state, initialized: true }
    notePod(draft, { what: 'initialized' })
  }
  const next = nextToStart(draft.state, draft.nowMs)
  if (next === undefined) return
  const starting = startingOf(next, draft)
  setContainer(draft, next.plan.name, () => starting)
  draft.actions.push({ do: 'start', ...ofRun(starting) })
  noteContainer(draft, starting, { what: 'starting' })
}

function canInitialize(state: PodState): boolean {
  return !state.initialized && state.termination === undefined && state.sandbox === 'up' && isInitListDone(state)
}

function startingOf(container: ContainerState, { state, nowMs }: Draft): ContainerState {
  const { run, life } = container
  if (life.is !== 'gone') return { ...container, life: { is: 'starting' } }
  const next = { ...container, run: run + 1, life: { is: 'starting' }, endBeforeMs: life.sinceMs } as const
  if (life.backOffFromMs === undefined) return next
  const { crashLoopBackOffMaxMs } = state.rules
  return { ...next, backOff: afterRestart(container.backOff, life.backOffFromMs, nowMs, crashLoopBackOffMaxMs) }
}

function askProbes(draft: Draft): void {
  for (const { container, kind, dueMs } of waitingProbes(draft.state)) {
    const rules = probePlan(container.plan, kind)
    if (dueMs > draft.nowMs || rules === undefined) continue
    draft.actions.push({ do: 'probe', probe: kind, ...ofRun(container) })
    setContainer(draft, container.plan.name, (each) => markAsked(each, kind, rules, draft.nowMs))
  }
}

/** Writes down what changed for the Pod as a whole. */
function tell(draft: Draft): void {
  const { told } = draft.state
  const phase = phaseToTell(draft.state)
  const ready = isPodReady(draft.state)
  const ended = isOver(draft.state)
  if (phase !== told.phase) notePod(draft, { what: 'phase', phase })
  if (ready !== told.ready) notePod(draft, { what: ready ? 'podReady' : 'podNotReady' })
  if (ended && !told.ended) notePod(draft, { what: 'ended' })
  draft.state = { ...draft.state, told: { phase, ready, ended } }
}
