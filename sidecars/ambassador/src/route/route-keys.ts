/** The keys of one route, with their defaults and what they are for; the short form of a listener has a route's defaults. */
import { block, exactlyOneOf } from '@podmates/shared/config/block.ts'
import { byShape } from '@podmates/shared/config/by-shape.ts'
import { choice } from '@podmates/shared/config/choice.ts'
import { list, named } from '@podmates/shared/config/collections.ts'
import { described } from '@podmates/shared/config/described.ts'
import { nameIn } from '@podmates/shared/config/names.ts'
import { duration } from '@podmates/shared/config/values/duration.ts'
import { wholeNumber } from '@podmates/shared/config/values/number.ts'
import { size, sizeOf } from '@podmates/shared/config/values/size.ts'
import { text, textLike } from '@podmates/shared/config/values/text.ts'
import * as v from 'valibot'
import { hedgeDelay } from '../resilience/hedge-delay.ts'
import { routePath } from './route-path.ts'

const timeoutValue = duration({ min: '1ms', max: '24h' })

const timeoutPreset = '15s'

const timeout = described(v.optional(timeoutValue, timeoutPreset), {
  does: 'The time for the whole request, from its head to the end of the answer; then 504, or a broken-off answer. A caller may state a shorter one in `x-request-timeout`. Event streams and upgraded connections are not cut by it.',
  change: 'Set it a little above the slowest good answer; raise it for long downloads.',
  elsewhere: { Envoy: 'route.timeout', HAProxy: 'timeout server' },
})

const bodyBytesPreset = '64KiB'

/** Of `retry.bodyBytes`. */
export const defaultBodyBytes = sizeOf(bodyBytesPreset)

const retriedStatus = wholeNumber({ min: 400, max: 599 })

const retryBlock = block({
  attempts: described(v.optional(wholeNumber({ min: 1, max: 10 }), 3), {
    does: 'Attempts of one request, the first included.',
    change: 'More than 3 rarely help, and each one delays the answer that says what is wrong.',
    elsewhere: { Envoy: 'num_retries (one less)', HAProxy: 'retries (one less)' },
  }),
  perTry: described(v.optional(duration({ min: '1ms', max: '1h' })), {
    does: 'The time for one attempt, up to the head of its answer, without what the client takes over its body; then the next one is made, or 504 given.',
    change: 'Set it to what almost all good answers need, well below `timeout`.',
    elsewhere: { Envoy: 'per_try_timeout' },
  }),
  on: described(
    v.optional(list(byShape({ text: choice(['connect', 'reset', 'timeout']), number: retriedStatus }), 1), [
      'connect',
      'reset',
      'timeout',
      502,
      503,
      504,
    ]),
    {
      does: 'What another attempt is made after: no connection (`connect`), one lost before the answer (`reset`), an attempt over `perTry` (`timeout`), or a status.',
      change: 'Add 429 where the upstream limits each replica by itself.',
      elsewhere: { Envoy: 'retry_on', HAProxy: 'retry-on' },
    },
  ),
  idempotent: described(v.optional(choice(['auto', 'always', 'never']), 'auto'), {
    does: 'Which requests may be repeated although the upstream may have processed them. `auto`: GET, HEAD, OPTIONS, TRACE, PUT, DELETE, and those with an Idempotency-Key.',
    change: '`always` only where doing it twice is the same as doing it once.',
  }),
  bodyBytes: described(v.optional(size({ min: '0B', max: '64MiB' }), bodyBytesPreset), {
    does: 'How much of a body is kept for another attempt; a larger one is sent once.',
    elsewhere: { Envoy: 'per_request_buffer_limit_bytes', HAProxy: 'tune.bufsize' },
  }),
})

const retryValue = byShape({ text: choice(['off']), map: retryBlock })

const retry = described(v.optional(retryValue, {}), {
  does: 'When a failed attempt is made again. On by default and bounded by the budget of the upstream. `off`: each request is sent once at most.',
  elsewhere: { Envoy: 'retry_policy', HAProxy: 'retries' },
})

const hedgeValue = block({
  after: described(v.optional(hedgeDelay(), 'p95'), {
    does: 'How long an answer may take before the request is sent to a second endpoint as well: a duration, or the time that 50, 90, 95 or 99 of 100 answers took lately.',
  }),
  max: described(v.optional(wholeNumber({ min: 1, max: 5 }), 1), { does: 'Hedges of one request.' }),
})

const hedge = described(v.optional(hedgeValue), {
  does: 'Asks a second endpoint when the first one is slow, and takes the first good answer. Only for GET, HEAD, OPTIONS and TRACE without a body, and only as far as the ratio of the budget allows.',
  change: 'Use it where a few answers are far slower than the others for no reason of their own.',
  elsewhere: { Envoy: 'hedge_policy' },
})

export const upstreamName = nameIn('upstreams', 'the name of an upstream')

const match = block({
  host: described(v.optional(textLike(/^(\*|[^\s:/]+|\[[^\s/]+\])$/, 'a host without port, or *')), {
    does: 'The host that the request names, without its port; `*` is any.',
  }),
  path: described(v.optional(routePath()), {
    does: 'An exact path, or with `/*` at its end all below it.',
  }),
  methods: described(v.optional(list(textLike(/^[A-Z-]+$/, 'a method in capitals'), 1)), {
    does: 'The methods that match; all without it.',
  }),
  headers: described(v.optional(named(text())), {
    does: 'Header fields that the request must have with these values, to the letter; one that stands there twice must have it both times.',
    example: '{ x-canary: "1" }',
  }),
})

export const routeKeys = v.pipe(
  block({
    match: described(v.optional(match, {}), {
      does: 'Conditions that must all hold; the first route that matches is taken.',
    }),
    upstream: described(v.optional(upstreamName), { does: 'Where matching requests go.' }),
    status: described(v.optional(wholeNumber({ min: 200, max: 599 })), {
      does: 'Answers with this status and asks nobody.',
    }),
    timeout,
    retry,
    hedge,
  }),
  exactlyOneOf('upstream', 'status'),
)

export type ConfiguredRoute = v.InferOutput<typeof routeKeys>

/** What the short form of a listener says of its one route. */
export const shortRouteKeys = {
  timeout: described(v.optional(timeoutValue), { does: 'Of the short form, as in a route; 15s unless given.' }),
  retry: described(v.optional(retryValue), { does: 'Of the short form, as in a route; on unless given.' }),
  hedge: described(v.optional(hedgeValue), { does: 'Of the short form, as in a route.' }),
}

/** Only where there is a short form: beside routes they would mean nothing. */
export const shortRouteDefaults = { timeout: timeoutPreset, retry: {} }

/** A route without conditions and with every default. */
export const plainRoute = (): ConfiguredRoute => v.parse(routeKeys, { upstream: '-' })

/** What a listener says of the one route that its short form stands for. */
export interface ShortRoute {
  readonly upstream?: string | undefined
  readonly timeout?: number | undefined
  readonly retry?: ConfiguredRoute['retry'] | undefined
  readonly hedge?: ConfiguredRoute['hedge'] | undefined
}
