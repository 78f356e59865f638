/** How long to wait before the next attempt. */
import type { Random } from '@podmates/shared/world/random.ts'

/** Envoy's base interval. */
const baseMs = 25

/** Ten times the base, as in Envoy: a client waits meanwhile. */
const longestMs = 250

/**
 * Full jitter: from nothing to a limit that doubles, so that requests which failed together do not come back together.
 * @param retry 1 for the first
 * @returns ms, 0 to below 250
 */
export function backOffMs(retry: number, random: Random): number {
  return random.next() * Math.min(longestMs, (2 ** retry - 1) * baseMs)
}
