import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { recordingLog } from '@podmates/shared/testing/recording-log.ts'
import { expect, it } from 'vitest'
import { createExpiry } from './expiry-part.ts'
import { createSeriesRegistry } from './series-registry.ts'

const noDeadline = new AbortController().signal

it.each([
  { ttlMs: 3_600_000, goneByMs: 3_660_000 },
  { ttlMs: 8000, goneByMs: 9000 },
])(
  'a series without samples is gone $goneByMs ms after its last one, with a ttl of $ttlMs',
  async ({ ttlMs, goneByMs }) => {
    const clock = fakeClock()
    const registry = createSeriesRegistry({ series: 10, seriesPerMetric: 10, ttlMs }, {})
    const expiry = createExpiry(registry, ttlMs, { clock, log: recordingLog() })
    await expiry.start?.(noDeadline)
    registry.seriesFor('a', 'counter', [], clock.now())
    await clock.advance(ttlMs - 1)
    expect(registry.size()).toBe(1)
    await clock.advance(goneByMs - ttlMs + 1)
    expect(registry.size()).toBe(0)
    await expiry.stop?.(noDeadline)
    expect(clock.pending()).toBe(0)
  },
)
