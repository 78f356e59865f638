/** Ends one comparison of the endpoints: ejects those that fail more than the others, as far as there is room, and begins the next. */
import type { OutlierRules } from '../upstream-options.ts'
import { findOutliers, mayEject } from './success-rate.ts'

/** What is compared, and can be ejected. */
export interface ComparedEndpoint {
  readonly state: string
  readonly isHealthy: boolean
  /** Since the last comparison. */
  readonly good: number
  readonly bad: number
  eject(baseMs: number): void
  beginSample(): void
}

export function ejectOutliers(endpoints: readonly ComparedEndpoint[], rules: OutlierRules): void {
  const samples = endpoints
    .filter(({ isHealthy }) => isHealthy)
    .map((endpoint) => ({ ...countsOf(endpoint), endpoint }))
  const outliers = findOutliers(samples)
  for (const endpoint of endpoints) if (!outliers.includes(endpoint)) endpoint.beginSample()
  for (const endpoint of outliers) {
    const room = {
      endpoints: endpoints.length,
      ejected: endpoints.filter(({ state }) => state === 'ejected').length,
      healthy: endpoints.filter(({ isHealthy }) => isHealthy).length,
    }
    if (mayEject(room, rules.maxEjected)) endpoint.eject(rules.baseMs)
    endpoint.beginSample()
  }
}

function countsOf({ good, bad }: ComparedEndpoint): { good: number; bad: number } {
  return { good, bad }
}
