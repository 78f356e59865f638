/** Where an output stands between its sources and its app: what `podmate status` and the gauges show. */
import type { StatusLine } from '@podmates/shared/admin/status-line.ts'
import { shortHash } from './publish/generation.ts'
import { type Delivery, isAcknowledged } from './reload/delivery.ts'
import type { Fault } from './render/fault.ts'

/** Both ends of the way: what the sources hold, and how far a version has come. */
export interface Standing {
  readonly observed: Observed
  readonly delivery: Delivery
}

/** What the sources hold: nothing is known yet, a version that may be published, or why it may not. */
export type Observed =
  | { readonly state: 'unknown' }
  | { readonly state: 'fit'; readonly hash: string }
  | { readonly state: 'refused'; readonly faults: readonly Fault[] }

/** `current`: the app uses the newest version. `failed`: something has to be mended. Otherwise it is on its way. */
export type Verdict = 'current' | 'converging' | 'failed'

/** Sums a standing up in one word. */
export function verdictOf({ observed, delivery }: Standing): Verdict {
  if (troubleOf({ observed, delivery }) !== undefined) return 'failed'
  const isNewest = observed.state === 'fit' && observed.hash === delivery.published?.hash
  return isNewest && isAcknowledged(delivery) ? 'current' : 'converging'
}

/** One line for `podmate status`, and the same as facts. */
export function standingLine(output: string, standing: Standing): StatusLine {
  const { observed, delivery } = standing
  const published = delivery.published === undefined ? 'nothing published' : shortHash(delivery.published.hash)
  const verdict = verdictOf(standing)
  const trouble = troubleOf(standing)
  const reason = trouble ?? waitReason(delivery)
  return {
    topic: `output ${output}`,
    text: `${published}, ${verdict}${reason === undefined ? '' : `: ${reason}`}`,
    facts: {
      verdict,
      observed: observed.state === 'fit' ? observed.hash : null,
      published: delivery.published?.hash ?? null,
      acknowledged: delivery.acknowledged ?? null,
      work: delivery.work.state,
      reason: reason ?? null,
      quarantined: delivery.quarantined,
    },
  }
}

/** Why the newest version is not in use and will not be without help. */
function troubleOf({ observed, delivery }: Standing): string | undefined {
  const { work, failure, signalsOff } = delivery
  if (observed.state === 'refused') return `newer version refused, ${observed.faults[0]?.message}`
  if (failure !== undefined) return `the app did not take ${shortHash(failure.hash)}, ${failure.reason}`
  if (work.state === 'waiting' && work.resume.state === 'publishing') return work.because.reason
  if (signalsOff && !isAcknowledged(delivery)) return 'the app ended by the signal, it gets no more of them'
  return undefined
}

function waitReason({ work }: Delivery): string | undefined {
  return work.state === 'waiting' ? work.because.reason : undefined
}
