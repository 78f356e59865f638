/** How the whole plan went, and what the process answers for it. */
import type { NamedResult } from './step-result.ts'

/** `ended`: SIGTERM came before it was done. */
export type Verdict = 'ready' | 'timeout' | 'fatal' | 'ended'

/** The verdict over all steps: a fatal step weighs more than one that ran out of time, and that more than one that was cut. */
export function verdictOf(results: readonly NamedResult[]): Verdict {
  const failures = results.flatMap(({ result }) => (result.outcome === 'failed' ? [result.cause] : []))
  if (failures.includes('fatal')) return 'fatal'
  if (failures.includes('timeout')) return 'timeout'
  return results.every(({ result }) => result.outcome === 'ready') ? 'ready' : 'ended'
}

/** 124 is what timeout(1) answers, and 143 is 128 + SIGTERM: any of them but 0 keeps the Pod from going on. */
export const exitCodes: Readonly<Record<Verdict, number>> = { ready: 0, fatal: 1, timeout: 124, ended: 143 }
