/** An upstream on a clock that stands still, without sockets: tests take places and say how the attempts ended. */

import { type FakeClock, fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { type RecordingLog, recordingLog } from '@podmates/shared/testing/recording-log.ts'
import { seededRandom } from '@podmates/shared/world/random.ts'
import { ScratchBuffer } from '../../http1/scratch-buffer.ts'
import type { ListedEndpoint } from '../discovery/discovery.ts'
import type { Endpoint } from '../endpoint.ts'
import type { Lease } from '../lease.ts'
import type { Ask, NoPlaceReason, Waiter } from '../place.ts'
import { Upstream } from '../upstream.ts'
import type { UpstreamEvent } from '../upstream-event.ts'
import type { UpstreamPolicy } from '../upstream-options.ts'

export const breakerRules = {
  consecutive: 5,
  ratio: 0.5,
  minRequests: 20,
  openMinMs: 1000,
  openMaxMs: 60_000,
  probes: 1,
}

export const looseLimits = { connections: 100, requests: 1000, queue: 256, queueTimeoutMs: 1000 }

const policy: UpstreamPolicy = {
  balancer: 'round-robin',
  breaker: undefined,
  outlier: undefined,
  limits: looseLimits,
  health: undefined,
  panic: 0.5,
  slowStartMs: 0,
}

export interface TestUpstream {
  readonly upstream: Upstream
  readonly clock: FakeClock
  readonly log: RecordingLog
  readonly events: UpstreamEvent[]
  /** The endpoint at this place of the list. */
  at(place: number): Endpoint
  /** A place that must be there at once. */
  take(ask?: Partial<Ask>): Lease
  /** One attempt at any endpoint, or of `tried` at another, that ends at once with this status. */
  answer(status: number, ask?: Partial<Ask>): string
  /** Fails attempts at one endpoint, whatever the balancer would choose. */
  fail(place: number, times: number, status?: number): void
  /** Joins the queue, or is told at once; `heard` has what the waiter was told. */
  ask(ask?: Partial<Ask>): Asked
}

export interface Asked {
  readonly heard: (Lease | NoPlaceReason)[]
  readonly kind: 'lease' | 'waiting' | 'none'
  cancel(): void
}

const anyAsk: Ask = { tried: [], hashKey: undefined, mayWait: 'yes' }

export const rules = {
  limits: { headBytesMax: 32_768, headersMax: 100, targetBytesMax: 8192 },
  connectTimeoutMs: 1000,
  idleTimeoutMs: 4000,
  readBuffer: Buffer.alloc(65_536),
  scratch: new ScratchBuffer(),
}

/** @param endpoints a number of them, or what they are */
export async function startUpstream(
  endpoints: number | readonly ListedEndpoint[],
  overrides: Partial<UpstreamPolicy> = {},
  clock: FakeClock = fakeClock(),
): Promise<TestUpstream> {
  const listed =
    typeof endpoints === 'number'
      ? Array.from({ length: endpoints }, (_, place) => ({ host: `10.0.0.${place}`, port: 80 }))
      : endpoints
  const events: UpstreamEvent[] = []
  const log = recordingLog()
  const upstream = new Upstream(
    { label: 'shop', source: { endpoints: listed }, rules, policy: { ...policy, ...overrides } },
    {
      clock,
      log,
      random: seededRandom(1),
      lookup: async () => [],
      onUpstreamEvent: (event) => void events.push(event),
    },
  )
  await upstream.start(new AbortController().signal)

  const ask = (asked: Partial<Ask> = {}): Asked => {
    const heard: (Lease | NoPlaceReason)[] = []
    const waiter: Waiter = { onLease: (lease) => void heard.push(lease), onNoPlace: (why) => void heard.push(why) }
    const place = upstream.acquire({ ...anyAsk, ...asked }, waiter)
    if (place.kind === 'lease') heard.push(place)
    if (place.kind === 'none') heard.push(place.why)
    return { heard, kind: place.kind, cancel: () => (place.kind === 'waiting' ? place.cancel() : undefined) }
  }
  const take = (asked: Partial<Ask> = {}): Lease => {
    const [lease] = ask(asked).heard
    if (lease === undefined || typeof lease === 'string') throw new Error(`no place: ${lease ?? 'waiting'}`)
    return lease
  }
  const at = (place: number): Endpoint => {
    const endpoint = upstream.endpoints[place]
    if (endpoint === undefined) throw new Error(`no endpoint ${place}`)
    return endpoint
  }
  const end = (lease: Lease, status: number): string => {
    lease.answered(status, 5, undefined)
    lease.release()
    return lease.endpoint.address
  }
  return {
    upstream,
    clock,
    log,
    events,
    at,
    ask,
    take,
    answer: (status, asked) => end(take(asked), status),
    fail: (place, times, status = 500) => {
      const others = upstream.endpoints.filter((each) => each !== at(place))
      for (let time = 0; time < times; time += 1) end(take({ tried: others }), status)
    },
  }
}
