/** The init waiter in one table of contents: plan -> wait -> report. */
import { lookup } from 'node:dns'
import type { SidecarParts, SidecarWorld } from '@podmates/shared/cli/sidecar-parts.ts'
import type { InitWaiterConfig } from './config.ts'
import { createPlanPart } from './plan/plan-part.ts'
import { createProgress } from './report/progress.ts'
import { createReport } from './report/report.ts'
import { showTarget, targetOf } from './wait/target.ts'
import { performWait } from './wait/wait-step.ts'

export function createParts(config: InitWaiterConfig, { clock, random, log, life }: SidecarWorld): SidecarParts {
  const progress = createProgress({ clock, log })
  const report = createReport({ log, life, stderr: (text) => process.stderr.write(text) })
  const steps = Object.entries(config.steps).map(([name, { wait, after, successes, timeout }]) => {
    const target = targetOf(wait)
    return { name, after, successes, timeoutMs: timeout, target, shownTarget: showTarget(target) }
  })
  const plan = createPlanPart(steps, config.timeout, {
    clock,
    progress,
    perform: (step, signal) => performWait(step, signal, { clock, random, progress, network: { lookup } }),
    onDone: report,
  })
  return { parts: [plan] }
}
