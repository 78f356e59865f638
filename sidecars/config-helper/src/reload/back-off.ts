/**
 * How long to wait before the next attempt: exponential with full jitter, so that the helpers of a hundred
 * replicas that failed together do not try again together (AWS Architecture Blog, "Exponential Backoff And Jitter").
 */
import type { Random } from '@podmates/shared/world/random.ts'

/** The limit of the first wait; each further attempt doubles it. */
const firstWaitMaxMs = 200

/** The longest limit; also the longest time that an app, once up, waits for its reload. */
const waitMaxMs = 5000

/**
 * @param attempt the attempt that has just failed, 1..
 * @returns whole milliseconds, 0..5000
 */
export function backOffMs(attempt: number, random: Random): number {
  const limitMs = Math.min(waitMaxMs, firstWaitMaxMs * 2 ** (attempt - 1))
  return Math.round(random.next() * limitMs)
}
