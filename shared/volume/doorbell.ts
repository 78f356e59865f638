/** Wakes one waiter. A ring that comes while nobody waits is kept, so that no wake-up falls between two waits. */
import type { Clock } from '../world/clock.ts'

/** One waiter, any number of ringers. */
export interface Doorbell {
  ring(): void
  /** Forgets the rings so far. */
  clear(): void
  /**
   * Waits for a ring since the last `clear`, but not longer than `ms`.
   * @param signal rejects with its reason when it aborts first
   */
  wait(ms: number, signal: AbortSignal): Promise<'rang' | 'silence'>
}

export function createDoorbell({ clock }: { clock: Clock }): Doorbell {
  let rung = Promise.withResolvers<'rang'>()
  return {
    ring: () => rung.resolve('rang'),
    clear: () => {
      rung = Promise.withResolvers()
    },
    async wait(ms, signal) {
      const over = new AbortController()
      const silence = clock.sleep(ms, AbortSignal.any([signal, over.signal])).then(() => 'silence' as const)
      try {
        return await Promise.race([rung.promise, silence])
      } finally {
        over.abort()
        silence.catch(ignoreAbort)
      }
    },
  }
}

/** The race was decided otherwise; what the cancelled sleep says no longer matters. */
function ignoreAbort(): void {}
