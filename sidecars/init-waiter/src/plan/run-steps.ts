/**
 * Runs the plan: every step as soon as the steps it comes after are ready, all others at the same time. The
 * first step that fails ends the plan, because the Pod cannot go on without it; what the others found so far
 * still stands in the results.
 */
import type { Clock } from '@podmates/shared/world/clock.ts'
import type { StepResult } from '../report/step-result.ts'
import { type GraphStep, type StepPhase, startable } from './step-graph.ts'

/** What a step did: `hopeless` when waiting longer cannot help, `aborted` when its signal was. */
export type Performed =
  | { readonly end: 'ready'; readonly tries: number }
  | { readonly end: 'hopeless' | 'aborted'; readonly tries: number; readonly lastError: string }

export interface PlannedStep extends GraphStep {
  /** Milliseconds that this step may take; without it only the time of the whole plan counts. */
  readonly timeoutMs?: number | undefined
}

export interface PlanLimits {
  /** Milliseconds that the whole plan may take. */
  readonly timeoutMs: number
  /** Ends the plan from outside (SIGTERM). */
  readonly signal: AbortSignal
}

export interface PlanWorld<Step> {
  readonly clock: Clock
  /** Does the step; must resolve soon after the signal aborts, and never reject. */
  readonly perform: (step: Step, signal: AbortSignal) => Promise<Performed>
  /** Hears of each step as it ends. */
  readonly onResult: (step: Step, result: StepResult) => void
}

/**
 * @param steps without cycles (`cyclesOf`) and with known names, or some steps are skipped
 * @returns one result for each step, by name
 */
export async function runSteps<Step extends PlannedStep>(
  steps: readonly Step[],
  { timeoutMs, signal }: PlanLimits,
  { clock, perform, onResult }: PlanWorld<Step>,
): Promise<ReadonlyMap<string, StepResult>> {
  const phases = new Map<string, StepPhase>()
  const results = new Map<string, StepResult>()
  const planTime = timeLimit(timeoutMs, clock)
  const failure = new AbortController()

  await runStartable()
  planTime.cancel()
  for (const { name, after } of steps) if (!results.has(name)) results.set(name, { outcome: 'skipped', after })
  return results

  async function runStartable(): Promise<void> {
    if (signal.aborted || failure.signal.aborted || planTime.signal.aborted) return
    const next = startable(steps, phases)
    for (const { name } of next) phases.set(name, 'begun')
    await Promise.all(next.map(runOne))
  }

  async function runOne(step: Step): Promise<void> {
    const sinceMs = clock.now()
    const stepTime = timeLimit(step.timeoutMs, clock)
    const performed = await perform(step, AbortSignal.any([signal, failure.signal, planTime.signal, stepTime.signal]))
    stepTime.cancel()
    const durationMs = Math.round(clock.now() - sinceMs)
    const result = resultOf(
      performed,
      durationMs,
      stepTime.signal.aborted || planTime.signal.aborted ? 'timeout' : 'cut',
    )
    results.set(step.name, result)
    onResult(step, result)
    if (result.outcome === 'failed') return failure.abort(new Error(`${step.name} failed`))
    if (result.outcome !== 'ready') return
    phases.set(step.name, 'ready')
    await runStartable()
  }
}

function resultOf(performed: Performed, durationMs: number, whyAborted: 'timeout' | 'cut'): StepResult {
  const { end, tries } = performed
  switch (end) {
    case 'ready':
      return { outcome: 'ready', tries, durationMs }
    case 'hopeless':
      return { outcome: 'failed', cause: 'fatal', tries, durationMs, lastError: performed.lastError }
    case 'aborted':
      return whyAborted === 'timeout'
        ? { outcome: 'failed', cause: 'timeout', tries, durationMs, lastError: performed.lastError }
        : { outcome: 'cut', tries, durationMs, lastError: performed.lastError }
  }
}

interface TimeLimit {
  readonly signal: AbortSignal
  cancel(): void
}

/** Aborts its signal when the time is over; without a time, never. */
function timeLimit(ms: number | undefined, clock: Clock): TimeLimit {
  const over = new AbortController()
  if (ms === undefined) return { signal: over.signal, cancel: () => {} }
  return { signal: over.signal, cancel: clock.after(ms, () => over.abort(new Error(`${ms} ms are over`))) }
}
