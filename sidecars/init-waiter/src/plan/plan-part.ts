/** The whole plan as a part of the process: begins with it, reports, and ends it. */
import type { Part } from '@podmates/shared/lifecycle/part.ts'
import type { Clock } from '@podmates/shared/world/clock.ts'
import type { Progress } from '../report/progress.ts'
import type { NamedResult, StepResult } from '../report/step-result.ts'
import { type Performed, type PlannedStep, runSteps } from './run-steps.ts'

export interface ShownPlannedStep extends PlannedStep {
  /** What it waits for, for logs and tables. */
  readonly shownTarget: string
}

export interface PlanPartWorld<Step> {
  readonly clock: Clock
  readonly progress: Progress
  /** Does one step; see `PlanWorld.perform`. */
  readonly perform: (step: Step, signal: AbortSignal) => Promise<Performed>
  /** Hears of the end of the plan, once, unless SIGTERM came before. @param durationMs how long the plan took */
  readonly onDone: (results: readonly NamedResult[], durationMs: number) => void
}

/** @param timeoutMs milliseconds that the whole plan may take */
export function createPlanPart<Step extends ShownPlannedStep>(
  steps: readonly Step[],
  timeoutMs: number,
  { clock, progress, perform, onDone }: PlanPartWorld<Step>,
): Part {
  const ended = new AbortController()
  const over = new AbortController()
  let running: Promise<readonly NamedResult[]> = Promise.resolve([])

  async function run(): Promise<readonly NamedResult[]> {
    const sinceMs = clock.now()
    const heartbeat = progress.heartbeat(over.signal)
    const results = await runSteps(steps, { timeoutMs, signal: ended.signal }, { clock, perform, onResult })
    over.abort()
    await heartbeat
    const named = steps.map((step) => namedResult(step, results))
    if (!ended.signal.aborted) onDone(named, Math.round(clock.now() - sinceMs))
    return named
  }

  function onResult(step: Step, result: StepResult): void {
    progress.ended({ step: step.name, target: step.shownTarget, result })
  }

  return {
    name: 'plan',
    start: async () => {
      running = run()
    },
    stop: async () => {
      ended.abort(new Error('SIGTERM'))
      const results = await running
      const missing = results.filter(({ result }) => result.outcome !== 'ready')
      const ready = results.length - missing.length
      return missing.length === 0 ? { ready } : { ready, not_ready: missing.map(({ step }) => step).join(', ') }
    },
  }
}

function namedResult(step: ShownPlannedStep, results: ReadonlyMap<string, StepResult>): NamedResult {
  const result = results.get(step.name) ?? { outcome: 'skipped', after: step.after }
  return { step: step.name, target: step.shownTarget, result }
}
