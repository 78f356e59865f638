/**
 * How containers end. At t0 every container runs its preStop hook, in parallel (S21); then each waits for its
 * turn: apps for nobody, a sidecar for all apps and for the sidecar after it (S22); then it gets its stop signal
 * and, when what is left of the budget is over, SIGKILL. One budget serves the whole Pod; whoever it leaves too
 * little still gets two seconds (S24, S25). A container that fails a probe ends the same way, without turns (S26).
 *
 *   preStop -> turn -> signalled -> killed
 */
import type { StopReason, TerminationReason } from '../timeline/timeline.ts'
import { type Draft, noteContainer, notePod, ofRun, setLife } from './draft.ts'
import {
  type AliveContainer,
  type ContainerState,
  isAlive,
  isOver,
  type LeavingStep,
  type Life,
  ofRole,
} from './state.ts'

/** What everybody gets between stop signal and SIGKILL (kubelet, minimumGracePeriodInSeconds). */
const floorMs = 2000

/** A Pod is never given less, a forced deletion included (kubelet, calculateEffectiveGracePeriod). */
const graceMinMs = 1000

type Leaving = Extract<Life, { is: 'leaving' }>

/** Tells the Pod to end. When it is ending already the grace can only become shorter. */
export function beginTermination(draft: Draft, reason: TerminationReason, askedGraceMs: number): void {
  const { termination } = draft.state
  const graceMs = Math.max(askedGraceMs, graceMinMs)
  if (isOver(draft.state)) return
  if (termination !== undefined && draft.nowMs + graceMs >= termination.sinceMs + termination.graceMs) return
  notePod(draft, { what: 'terminating', reason: termination?.reason ?? reason, graceMs })
  draft.state = {
    ...draft.state,
    termination: { reason: termination?.reason ?? reason, sinceMs: draft.nowMs, graceMs },
  }
  for (const container of draft.state.containers) {
    if (container.life.is === 'leaving') setLife(draft, container, shortened(container.life, graceMs, draft.nowMs))
  }
}

/** A container that was leaving already has no more time than the Pod. */
function shortened(life: Leaving, graceMs: number, nowMs: number): Life {
  const { step } = life
  switch (step.at) {
    case 'preStop':
    case 'turn':
      return { ...life, why: 'termination', step: { ...step, sinceMs: nowMs, graceMs } }
    case 'signalled':
      return { ...life, step: { ...step, killAtMs: Math.min(step.killAtMs, nowMs + Math.max(graceMs, floorMs)) } }
    case 'killed':
      return life
  }
}

/** Sends what still runs on its way, with what is left of the Pod's budget. */
export function leaveAll(draft: Draft): void {
  const { termination } = draft.state
  if (termination === undefined) return
  const graceMs = Math.max(0, termination.sinceMs + termination.graceMs - draft.nowMs)
  for (const container of draft.state.containers.filter(isAlive)) {
    if (container.life.is !== 'leaving') leave(draft, container, graceMs, 'termination')
  }
}

/** Sends one container on its way. @param graceMs from preStop to SIGKILL, the floor apart */
export function leave(draft: Draft, container: AliveContainer, graceMs: number, why: StopReason): void {
  const hasTimeForHook = container.plan.preStop !== undefined && graceMs > 0
  const step: LeavingStep = { at: hasTimeForHook ? 'preStop' : 'turn', sinceMs: draft.nowMs, graceMs }
  setLife(draft, container, { ...container.life, is: 'leaving', why, step })
  if (!hasTimeForHook) return
  draft.actions.push({ do: 'runHook', hook: 'preStop', ...ofRun(container) })
  noteContainer(draft, container, { what: 'preStop' })
}

/** The preStop hook is over, well or badly: its failure changes nothing (S27). */
export function preStopDone(draft: Draft, container: ContainerState, ok: boolean, message?: string): void {
  const { life } = container
  if (life.is !== 'leaving' || life.step.at !== 'preStop') return
  noteContainer(draft, container, { what: 'preStopDone', ok, ...(message === undefined ? {} : { message }) })
  setLife(draft, container, {
    ...life,
    step: { at: 'turn', sinceMs: draft.nowMs, graceMs: remainingMs(life.step, draft.nowMs) },
  })
}

/** Moves every leaving container as far as it may go now. */
export function advanceLeaving(draft: Draft): void {
  for (const { plan } of draft.state.containers) {
    const container = draft.state.containers.find((each) => each.plan.name === plan.name)
    if (container?.life.is === 'leaving') advance(draft, container, container.life)
  }
}

function advance(draft: Draft, container: ContainerState, life: Leaving): void {
  const { nowMs } = draft
  const { step } = life
  switch (step.at) {
    case 'preStop':
      if (nowMs >= step.sinceMs + step.graceMs) preStopDone(draft, container, false, 'not done within the grace period')
      return
    case 'turn': {
      const isOutOfTime = nowMs >= step.sinceMs + step.graceMs
      if (isOutOfTime || life.why !== 'termination' || hasTurn(draft, container)) {
        askToEnd(draft, container, life, remainingMs(step, nowMs))
      }
      return
    }
    case 'signalled':
      if (nowMs >= step.killAtMs) kill(draft, container, life)
      return
    case 'killed':
      return
  }
}

/** S22, S23: waits for all apps and for the next sidecar down the list, as far as they are not at rest. */
function hasTurn({ state }: Draft, { plan }: ContainerState): boolean {
  if (plan.role !== 'sidecar') return true
  const sidecars = ofRole(state, 'sidecar')
  const next = sidecars[sidecars.findIndex((each) => each.plan.name === plan.name) + 1]
  const before = next === undefined ? ofRole(state, 'app') : [...ofRole(state, 'app'), next]
  return before.every(({ life }) => life.is === 'absent' || life.is === 'gone')
}

/** One that ended on its own meanwhile is only now at rest, so that nobody before it goes too early. */
function askToEnd(draft: Draft, container: ContainerState, life: Leaving, graceMs: number): void {
  if (life.exitCode !== undefined) {
    setLife(draft, container, { is: 'gone', sinceMs: draft.nowMs, exitCode: life.exitCode })
    return
  }
  draft.actions.push({ do: 'stop', ...ofRun(container) })
  noteContainer(draft, container, { what: 'stopSignal', why: life.why })
  setLife(draft, container, {
    ...life,
    step: { at: 'signalled', killAtMs: draft.nowMs + Math.max(graceMs, floorMs) },
  })
}

function kill(draft: Draft, container: ContainerState, life: Leaving): void {
  draft.actions.push({ do: 'kill', ...ofRun(container) })
  noteContainer(draft, container, { what: 'killed', why: life.why })
  setLife(draft, container, { ...life, step: { at: 'killed' } })
}

/** The kubelet counts in whole seconds: what was waited is cut to them before it is subtracted. */
function remainingMs({ sinceMs, graceMs }: { sinceMs: number; graceMs: number }, nowMs: number): number {
  return graceMs - Math.floor((nowMs - sinceMs) / 1000) * 1000
}

/** When a leaving container moves on by time alone. */
export function leavingTimerMs({ life }: ContainerState): number | undefined {
  if (life.is !== 'leaving' || life.step.at === 'killed') return undefined
  return life.step.at === 'signalled' ? life.step.killAtMs : life.step.sinceMs + life.step.graceMs
}
