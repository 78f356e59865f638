/** Forgets series that nobody sends any more, a few times in their time to live. */
import type { Part } from '@podmates/shared/lifecycle/part.ts'
import type { Logger } from '@podmates/shared/log/logger.ts'
import type { Clock } from '@podmates/shared/world/clock.ts'
import type { SeriesRegistry } from './series-registry.ts'

/** A series lives at most an eighth longer than its time; looking at all of them more often would be work for nothing. */
const sweepsPerTtl = 8

/** No more often than each second, and no less than each minute, so that memory comes back soon. */
const sweepMs = { min: 1000, max: 60_000 }

export interface ExpiryWorld {
  readonly clock: Clock
  readonly log: Logger
}

/** @param ttlMs the registry's own time to live */
export function createExpiry(registry: SeriesRegistry, ttlMs: number, { clock, log }: ExpiryWorld): Part {
  const everyMs = Math.min(sweepMs.max, Math.max(sweepMs.min, ttlMs / sweepsPerTtl))
  const over = new AbortController()
  let sweeping: Promise<void> = Promise.resolve()

  async function sweep(): Promise<void> {
    for (;;) {
      try {
        await clock.sleep(everyMs, over.signal)
      } catch {
        return
      }
      const gone = registry.expire(clock.now())
      if (gone > 0) log.debug({ series: gone }, 'series without samples are forgotten')
    }
  }

  return {
    name: 'series expiry',
    start: async () => {
      sweeping = sweep()
    },
    stop: async () => {
      over.abort()
      await sweeping
      return {}
    },
  }
}
