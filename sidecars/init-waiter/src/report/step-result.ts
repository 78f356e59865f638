/** What became of one step. Every room before this one produces it; the summary and the exit code are read off it. */
import type { LogFields } from '@podmates/shared/log/logger.ts'

/** `cut`: was still waiting when another step failed or SIGTERM came; `skipped`: was never begun. */
export type StepResult =
  | { readonly outcome: 'ready'; readonly tries: number; readonly durationMs: number }
  | {
      readonly outcome: 'failed'
      /** `timeout`: its time or the time of the whole plan was over; `fatal`: waiting longer cannot help. */
      readonly cause: 'timeout' | 'fatal'
      readonly tries: number
      readonly durationMs: number
      readonly lastError: string
    }
  | { readonly outcome: 'cut'; readonly tries: number; readonly durationMs: number; readonly lastError: string }
  | { readonly outcome: 'skipped'; readonly after: readonly string[] }

/** A step's result under its name, and what it waited for as a person reads it. */
export interface NamedResult {
  readonly step: string
  readonly target: string
  readonly result: StepResult
}

/** The result as fields of a log line. */
export function resultFields({ step, target, result }: NamedResult): LogFields {
  switch (result.outcome) {
    case 'ready':
      return { step, target, outcome: result.outcome, tries: result.tries, duration_ms: result.durationMs }
    case 'failed':
    case 'cut':
      return {
        step,
        target,
        outcome: result.outcome,
        reason: result.lastError,
        tries: result.tries,
        duration_ms: result.durationMs,
      }
    case 'skipped':
      return { step, target, outcome: result.outcome, after: result.after }
  }
}
