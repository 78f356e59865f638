/** What each event changes by itself, before anything follows from it. */
import { backOffFromMs } from './back-off.ts'
import { type Draft, noteContainer, ofRun, setContainer, setLife } from './draft.ts'
import type { OfRun, PodEvent } from './events.ts'
import { answered, freshProbing, probePlan } from './probing.ts'
import { mayStartAtMs, willRestart } from './restart-policy.ts'
import { loseSandbox } from './sandbox.ts'
import { type AliveContainer, type ContainerState, isAlive, ofRole } from './state.ts'
import { beginTermination, leave, preStopDone } from './termination.ts'

type ContainerEvent = Extract<PodEvent, OfRun>
type Probed = Extract<PodEvent, { type: 'probed' }>
type Exited = Extract<PodEvent, { type: 'exited' }>

/** News of an earlier run, or of a step that is over, is no news. */
export function takeDown(draft: Draft, event: PodEvent): void {
  switch (event.type) {
    case 'tick':
      break
    case 'terminate':
      beginTermination(draft, 'Deleted', event.graceMs ?? draft.state.plan.terminationGracePeriodMs)
      break
    case 'sandboxLost':
      loseSandbox(draft)
      break
    default: {
      const container = draft.state.containers.find((each) => each.plan.name === event.container)
      if (container?.run === event.run) takeDownOf(draft, container, event)
    }
  }
}

function takeDownOf(draft: Draft, container: ContainerState, event: ContainerEvent): void {
  switch (event.type) {
    case 'running':
      onRunning(draft, container)
      break
    case 'startFailed':
      onStartFailed(draft, container, event.message)
      break
    case 'hookDone':
      if (event.hook === 'postStart') onPostStartDone(draft, container, event.ok, event.message)
      else preStopDone(draft, container, event.ok, event.message)
      break
    case 'probed':
      onProbed(draft, container, event)
      break
    case 'exited':
      onExited(draft, container, event)
      break
  }
}

function onRunning(draft: Draft, container: ContainerState): void {
  if (container.life.is !== 'starting') return
  noteContainer(draft, container, { what: 'running' })
  const sinceMs = draft.nowMs
  const alive = { sinceMs, started: false, ready: false, probing: freshProbing(container.plan, sinceMs) }
  if (container.plan.postStart === undefined) {
    beginServing(draft, { ...container, life: { is: 'running', ...alive } })
    return
  }
  setLife(draft, container, { is: 'hooking', ...alive })
  draft.actions.push({ do: 'runHook', hook: 'postStart', ...ofRun(container) })
  noteContainer(draft, container, { what: 'postStart' })
}

function onStartFailed(draft: Draft, container: ContainerState, message: string): void {
  if (container.life.is !== 'starting') return
  noteContainer(draft, container, { what: 'startFailed', message })
  end(draft, container)
}

/** S5: a failed postStart has the container killed, outside any order. */
function onPostStartDone(draft: Draft, container: ContainerState, ok: boolean, message?: string): void {
  const { life } = container
  if (life.is !== 'hooking') return
  noteContainer(draft, container, { what: 'postStartDone', ok, ...(message === undefined ? {} : { message }) })
  if (ok) beginServing(draft, { ...container, life: { ...life, is: 'running' } })
  else leave(draft, { ...container, life }, draft.state.plan.terminationGracePeriodMs, 'postStart')
}

/** The process runs and its hook is done: without a startupProbe that is all there is to "started" (S3). */
function beginServing(draft: Draft, container: AliveContainer): void {
  setLife(draft, container, container.life)
  if (container.plan.startupProbe === undefined) onStarted(draft, container)
}

/** S13: a container without a readinessProbe is ready as soon as it has started. */
function onStarted(draft: Draft, container: AliveContainer): void {
  noteContainer(draft, container, { what: 'started' })
  const ready = container.plan.readinessProbe === undefined
  setLife(draft, container, { ...container.life, started: true, ready })
}

function onProbed(draft: Draft, container: ContainerState, event: Probed): void {
  const rules = probePlan(container.plan, event.probe)
  if (rules === undefined || !isAlive(container)) return
  const { life } = container
  const before = life.probing[event.probe]
  if (before?.state !== 'asked') return
  const { probe, verdict } = answered(event.probe, before, rules, event.ok)
  const counted = { ...container, life: { ...life, probing: { ...life.probing, [event.probe]: probe } } }
  setLife(draft, counted, counted.life)
  if (verdict === 'passed') onProbePassed(draft, counted, event)
  if (verdict === 'failed') onProbeFailed(draft, counted, event)
}

function onProbePassed(draft: Draft, container: AliveContainer, { probe }: Probed): void {
  if (probe === 'startup') onStarted(draft, container)
  if (probe === 'readiness') setReady(draft, container, true)
}

/**
 * S7, S12: killed with its own grace, outside any order; nothing is killed twice. Under Never the last app takes the
 * Pod along, which ends then in its order and with its own grace (kubelet, computePodActions: nothing to keep).
 */
function onProbeFailed(draft: Draft, container: AliveContainer, { probe, message }: Probed): void {
  if (probe === 'readiness') {
    setReady(draft, container, false)
    return
  }
  noteContainer(draft, container, { what: 'probeFailed', probe, message })
  if (container.life.is === 'leaving') return
  if (isLastToKeep(draft, container)) {
    beginTermination(draft, 'Completed', draft.state.plan.terminationGracePeriodMs)
    return
  }
  const graceMs = probePlan(container.plan, probe)?.terminationGracePeriodMs
  leave(draft, container, graceMs ?? draft.state.plan.terminationGracePeriodMs, `${probe}Probe`)
}

function isLastToKeep({ state }: Draft, { plan }: ContainerState): boolean {
  if (plan.role !== 'app' || state.plan.restartPolicy !== 'Never') return false
  return ofRole(state, 'app').every((app) => app.plan.name === plan.name || app.life.is === 'gone')
}

function setReady(draft: Draft, container: AliveContainer, ready: boolean): void {
  if (container.life.ready === ready) return
  noteContainer(draft, container, { what: ready ? 'ready' : 'notReady' })
  setLife(draft, container, { ...container.life, ready })
}

/** One that is not yet asked to end keeps its place in the order: it comes to rest when its turn comes. */
function onExited(draft: Draft, container: ContainerState, { exitCode, message }: Exited): void {
  const { life } = container
  if (!isAlive(container)) return
  noteContainer(draft, container, { what: 'exited', exitCode, ...(message === undefined ? {} : { message }) })
  const isBeforeItsTurn = life.is === 'leaving' && (life.step.at === 'preStop' || life.step.at === 'turn')
  const exited = { ...container, lastExitCode: exitCode }
  setContainer(draft, container.plan.name, () => exited)
  if (isBeforeItsTurn) setLife(draft, container, { ...life, exitCode })
  else end(draft, exited, exitCode)
}

function end(draft: Draft, container: ContainerState, exitCode?: number): void {
  const { backOff, endBeforeMs } = container
  const killedForProbe = container.life.is === 'leaving' && /Probe$/.test(container.life.why)
  const fromMs = backOffFromMs(backOff, {
    endedMs: draft.nowMs,
    ...(endBeforeMs !== undefined && { endBeforeMs }),
    killedForProbe,
  })
  const life = {
    is: 'gone',
    sinceMs: draft.nowMs,
    ...(exitCode !== undefined && { exitCode }),
    ...(fromMs !== undefined && { backOffFromMs: fromMs }),
  } as const
  const ended = { ...container, life }
  setContainer(draft, container.plan.name, () => ended)
  const waitMs = mayStartAtMs(ended) - draft.nowMs
  const isWanted = draft.state.termination === undefined && willRestart(draft.state.plan, ended)
  if (isWanted && waitMs > 0) noteContainer(draft, ended, { what: 'backOff', delayMs: waitMs })
}
