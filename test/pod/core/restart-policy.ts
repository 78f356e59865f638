/** Which containers run again after they ended, and when the Pod as a whole has nothing left to do. */
import type { TerminationReason } from '../timeline/timeline.ts'
import { mayRestartAtMs } from './back-off.ts'
import type { PodPlan } from './plan.ts'
import { type ContainerState, ofRole, type PodState } from './state.ts'

/**
 * Whether an ended container runs again. A sidecar does whatever its exit code and whatever the Pod's
 * policy (S10); so does whatever could not even be started.
 */
export function willRestart(plan: PodPlan, { plan: { role }, life }: ContainerState): boolean {
  if (life.is !== 'gone') return false
  if (role === 'sidecar' || life.exitCode === undefined) return true
  const failed = life.exitCode !== 0
  if (role === 'init') return failed && plan.restartPolicy !== 'Never'
  return plan.restartPolicy === 'Always' || (failed && plan.restartPolicy === 'OnFailure')
}

/** When a container that is to start may do so: at once, or after its back-off. */
export function mayStartAtMs({ life, backOff }: ContainerState): number {
  return life.is === 'gone' && life.backOffFromMs !== undefined ? mayRestartAtMs(backOff, life.backOffFromMs) : 0
}

/** Why the Pod ends of its own accord now, if it does. */
export function reasonToEnd(state: PodState, nowMs: number): TerminationReason | undefined {
  if (nowMs >= deadlineMs(state)) return 'DeadlineExceeded'
  if (hasSpentBackoffLimit(state)) return 'BackoffLimitExceeded'
  if (hasFailedInit(state)) return 'InitFailed'
  if (state.sandbox === 'lost' && state.plan.restartPolicy === 'Never') return 'SandboxLost'
  if (isComplete(state)) return 'Completed'
  return undefined
}

/** S37: the time of the init list counts too. */
export function deadlineMs({ bornMs, plan }: PodState): number {
  return plan.activeDeadlineMs === undefined ? Number.POSITIVE_INFINITY : bornMs + plan.activeDeadlineMs
}

/** S36: under Never a plain init container has one attempt. */
export function hasFailedInit(state: PodState): boolean {
  if (state.plan.restartPolicy !== 'Never') return false
  return ofRole(state, 'init').some(
    ({ life }) => life.is === 'gone' && life.exitCode !== undefined && life.exitCode > 0,
  )
}

/** S34: the Job controller adds up all restarts, those of sidecars too, and only under OnFailure. */
function hasSpentBackoffLimit({ plan, containers }: PodState): boolean {
  if (plan.job === undefined || plan.restartPolicy !== 'OnFailure') return false
  const restarts = containers.reduce((sum, { run }) => sum + run, 0)
  return restarts > 0 && restarts >= plan.job.backoffLimit
}

/** S33: the apps alone decide; sidecars never keep a Pod from completing. */
function isComplete(state: PodState): boolean {
  return ofRole(state, 'app').every((app) => app.life.is === 'gone' && !willRestart(state.plan, app))
}
