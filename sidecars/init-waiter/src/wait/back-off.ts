/**
 * How long to wait between two tries: short at first, because most dependencies come up within seconds,
 * then longer, and never in step with the other replicas that wait for the same thing.
 */
import type { Random } from '@podmates/shared/world/random.ts'

const firstMs = 500
const growth = 1.5
const longestMs = 5000

/**
 * Exponential back-off with full jitter: anything from 0 to 500 ms after the first miss, up to 5 s later on.
 * @param misses tries in a row that found the target not ready, 1 or more
 * @returns milliseconds, 0..5000
 */
export function backOffMs(misses: number, random: Random): number {
  return random.next() * Math.min(longestMs, firstMs * growth ** (misses - 1))
}

/** Milliseconds between two of several successes in a row: fixed, so that they really lie apart. */
export const confirmEveryMs = firstMs
