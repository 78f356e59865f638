/** The end of the plan, told on every channel that somebody may look at: log, stderr, termination message, exit code. */
import type { Life } from '@podmates/shared/lifecycle/lifecycle.ts'
import type { Logger } from '@podmates/shared/log/logger.ts'
import { type NamedResult, resultFields } from './step-result.ts'
import { summary } from './summary.ts'
import { exitCodes, verdictOf } from './verdict.ts'

export interface ReportWorld {
  readonly log: Logger
  readonly life: Pick<Life, 'finish'>
  readonly stderr: (text: string) => void
}

/** Ends the process by what became of the steps. A plan that failed is told on stderr too, as a failed start. */
export function createReport({ log, life, stderr }: ReportWorld) {
  return (results: readonly NamedResult[], durationMs: number): void => {
    const verdict = verdictOf(results)
    const text = summary(verdict, results, durationMs)
    const fields = { verdict, duration_ms: durationMs, steps: results.map(resultFields) }
    if (verdict === 'ready') {
      log.info(fields, 'all steps are ready')
    } else {
      log.error(fields, 'gave up')
      stderr(`${text}\n`)
    }
    life.finish(exitCodes[verdict], text)
  }
}
