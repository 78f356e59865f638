/**
 * How long good answers took of late: when a hedge is worth it, and whether a retry could still be in time.
 * Two halves of a window, each a histogram whose buckets grow by a twelfth of an octave: a quantile is at most 6 %
 * above the true one, whatever the range, in 4 KB.
 */
import type { Clock } from '@podmates/shared/world/clock.ts'

export interface LatencyWindow {
  /** @param ms 0 or more */
  record(ms: number): void
  /**
   * @param share 0..1, for example 0.95
   * @returns ms that this share of answers did not exceed; undefined as long as there are fewer than 20
   */
  quantile(share: number): number | undefined
}

const samplesMin = 20
const halfMs = 10_000
const bucketsPerOctave = 12
const smallestMs = 0.05
/** Up to 0.05 ms times 2^21, above 100 s; what is slower counts as that. */
const buckets = 21 * bucketsPerOctave

interface Half {
  readonly counts: Uint32Array
  total: number
}

export function latencyWindow(clock: Pick<Clock, 'now'>): LatencyWindow {
  let present = emptyHalf()
  let former = emptyHalf()
  let startedMs = clock.now()

  return {
    record(ms) {
      turn()
      const at = bucketOf(ms)
      present.counts[at] = (present.counts[at] ?? 0) + 1
      present.total += 1
    },
    quantile(share) {
      turn()
      const total = present.total + former.total
      if (total < samplesMin) return undefined
      let left = Math.max(1, Math.ceil(share * total))
      for (let at = 0; at < buckets; at += 1) {
        left -= (present.counts[at] ?? 0) + (former.counts[at] ?? 0)
        if (left <= 0) return upperMs(at)
      }
      return upperMs(buckets - 1)
    },
  }

  /** What is older than the window is forgotten half by half. */
  function turn(): void {
    const elapsedMs = clock.now() - startedMs
    if (elapsedMs < halfMs) return
    const emptied = former
    former = present
    present = emptied
    clear(present)
    if (elapsedMs >= 2 * halfMs) clear(former)
    startedMs = clock.now()
  }
}

function emptyHalf(): Half {
  return { counts: new Uint32Array(buckets), total: 0 }
}

function clear(half: Half): void {
  half.counts.fill(0)
  half.total = 0
}

function bucketOf(ms: number): number {
  if (ms <= smallestMs) return 0
  return Math.min(buckets - 1, Math.ceil(Math.log2(ms / smallestMs) * bucketsPerOctave))
}

function upperMs(bucket: number): number {
  return smallestMs * 2 ** (bucket / bucketsPerOctave)
}
