/** What befalls the endpoints during the soak, one thing after the other, as the seed says. */
import { setTimeout as delay } from 'node:timers/promises'
import { integerBelow, type Random } from '@podmates/shared/world/random.ts'
import type { Endpoint } from '../ambassador-faults/endpoints.ts'

const usual = { latency: { kind: 'long-tail', median: '2ms', p99: '40ms' } }

const moods: readonly object[] = [
  {},
  usual,
  { ...usual, faults: [{ kind: 'status', code: 503, ratio: 0.2 }] },
  {
    ...usual,
    faults: [
      { kind: 'reset-before-head', ratio: 0.1 },
      { kind: 'reset-mid-body', ratio: 0.1 },
    ],
  },
  {
    ...usual,
    faults: [
      { kind: 'close-before-head', ratio: 0.1 },
      { kind: 'garbage', ratio: 0.05 },
    ],
  },
  { ...usual, faults: [{ kind: 'too-many', retryAfter: '1s', ratio: 0.2 }] },
  { ...usual, faults: [{ kind: 'trickle', every: '1ms', chunkBytes: 10, ratio: 0.3 }] },
  { latency: { kind: 'fixed', value: '700ms' } },
  { closeIdleAfter: '1ms' },
  { refuse: true },
  { unhealthy: true, faults: [{ kind: 'status', code: 500, ratio: 1 }] },
]

/** Every two seconds one endpoint changes its mood, and every fifth time it is restarted. */
export async function chaos(endpoints: readonly Endpoint[], random: Random, signal: AbortSignal): Promise<void> {
  for (let turn = 1; !signal.aborted; turn += 1) {
    const endpoint = endpoints[integerBelow(random, endpoints.length)]
    if (turn % 5 === 0) await endpoint?.restart()
    else await endpoint?.behave(moods[integerBelow(random, moods.length)] ?? usual)
    await delay(2000, undefined, { signal }).catch(() => undefined)
  }
}
