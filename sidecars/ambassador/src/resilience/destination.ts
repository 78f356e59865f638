/** An upstream, and what all requests to it share beside its endpoints. */
import type { Upstream } from '../upstream/upstream.ts'
import type { LatencyWindow } from './latency-window.ts'
import type { RetryBudget } from './retry-budget.ts'

export interface Destination {
  readonly upstream: Upstream
  readonly budget: RetryBudget
  /** Of good answers, up to their heads. */
  readonly latencies: LatencyWindow
  /** The header whose value the balancer keeps to one endpoint, lower case. */
  readonly hashHeader: string | undefined
}
