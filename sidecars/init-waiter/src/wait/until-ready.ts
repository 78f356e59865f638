/**
 * Tries one target until it is ready. Waiting here, with one process and one deadline, beats crashing and
 * being restarted: the kubelet's own back-off between restarts grows to five minutes.
 */
import type { Clock } from '@podmates/shared/world/clock.ts'
import type { Random } from '@podmates/shared/world/random.ts'
import type { Attempt } from './attempt.ts'
import { backOffMs, confirmEveryMs } from './back-off.ts'

/** How a wait ended. `lastError` is why it was not ready at the last try that failed. */
export type WaitEnd =
  | { readonly end: 'ready'; readonly tries: number }
  | { readonly end: 'hopeless' | 'aborted'; readonly tries: number; readonly lastError: string }

export interface WaitRules {
  /** Tries in a row that must find the target ready; 1 or more. */
  readonly successes: number
  /** Milliseconds one try may take; a target that does not answer at all must not use up the whole time. */
  readonly tryTimeoutMs: number
}

export interface WaitWorld {
  readonly clock: Clock
  readonly random: Random
  /** Tries once; must end soon after its signal aborts, and never reject. */
  readonly attempt: (signal: AbortSignal) => Promise<Attempt>
  /** Hears of each try as it ends. @param tries how many there were so far, this one included */
  readonly onAttempt: (attempt: Attempt, tries: number) => void
}

/** Resolves when the target is ready, when that is hopeless, or soon after `signal` aborts. Never rejects. */
export async function untilReady(
  { successes, tryTimeoutMs }: WaitRules,
  signal: AbortSignal,
  { clock, random, attempt, onAttempt }: WaitWorld,
): Promise<WaitEnd> {
  let tries = 0
  let hits = 0
  let misses = 0
  let lastError = 'no answer'
  while (!signal.aborted) {
    tries += 1
    const found = await withTimeout(tryTimeoutMs, signal, clock, attempt)
    if (found.outcome !== 'ready' && signal.aborted) break
    onAttempt(found, tries)
    if (found.outcome === 'hopeless') return { end: 'hopeless', tries, lastError: found.reason }
    if (found.outcome === 'ready') {
      misses = 0
      hits += 1
      if (hits >= successes) return { end: 'ready', tries }
      lastError = `ready ${hits} of ${successes} times in a row`
      await pause(confirmEveryMs, signal, clock)
    } else {
      hits = 0
      misses += 1
      lastError = found.reason
      await pause(backOffMs(misses, random), signal, clock)
    }
  }
  return { end: 'aborted', tries, lastError }
}

async function withTimeout(
  timeoutMs: number,
  signal: AbortSignal,
  clock: Clock,
  attempt: WaitWorld['attempt'],
): Promise<Attempt> {
  const expiry = new AbortController()
  const cancel = clock.after(timeoutMs, () => expiry.abort(new Error(`no answer within ${timeoutMs} ms`)))
  try {
    return await attempt(AbortSignal.any([signal, expiry.signal]))
  } finally {
    cancel()
  }
}

/** Waits, or returns early when the signal aborts; the loop around it looks at the signal itself. */
async function pause(ms: number, signal: AbortSignal, clock: Clock): Promise<void> {
  await clock.sleep(ms, signal).catch(() => {})
}
