/** The keys of one entry of `upstreams`, with their defaults and what they are for. */
import { block, exactlyOneOf } from '@podmates/shared/config/block.ts'
import { byShape } from '@podmates/shared/config/by-shape.ts'
import { choice } from '@podmates/shared/config/choice.ts'
import { list } from '@podmates/shared/config/collections.ts'
import { described } from '@podmates/shared/config/described.ts'
import { reserved } from '@podmates/shared/config/reserved.ts'
import { address, tcpAddress } from '@podmates/shared/config/values/address.ts'
import { duration } from '@podmates/shared/config/values/duration.ts'
import { durationRange } from '@podmates/shared/config/values/duration-range.ts'
import { decimal, ratio, wholeNumber } from '@podmates/shared/config/values/number.ts'
import { textLike } from '@podmates/shared/config/values/text.ts'
import * as v from 'valibot'

const endpoint = byShape({
  text: address(),
  map: block({
    address: described(address(), { does: 'Where the endpoint listens.' }),
    weight: described(v.optional(wholeNumber({ min: 1, max: 1000 }), 1), {
      does: "Its share of the requests against the others'.",
      elsewhere: { Envoy: 'load_balancing_weight', HAProxy: 'weight' },
    }),
  }),
})

const budget = block({
  ratio: described(v.optional(ratio(), 0.2), {
    does: 'Retries and hedges per request: with 0.2 an upstream that fails altogether sees 1.2 attempts for each request.',
    elsewhere: { Envoy: 'budget_percent' },
  }),
  minPerSecond: described(v.optional(wholeNumber({ min: 0, max: 1000 }), 3), {
    does: 'Retries per second that are allowed besides, so that a service with few requests can retry at all.',
  }),
  window: described(v.optional(duration({ min: '1s', max: '5m' }), '10s'), {
    does: 'How long requests and retries count.',
  }),
})

const breaker = block({
  consecutive: described(v.optional(wholeNumber({ min: 1, max: 1000 }), 5), {
    does: 'Failures in a row that open the circuit: 5xx, no connection, a lost one, a time over.',
    elsewhere: { Envoy: 'consecutive_5xx', HAProxy: 'error-limit' },
  }),
  ratio: described(v.optional(decimal({ min: 0.01, max: 1 }), 0.5), {
    does: 'The share of failures in the last 10 s that opens it.',
  }),
  minRequests: described(v.optional(wholeNumber({ min: 1, max: 100_000 }), 20), {
    does: 'The ratio counts from so many requests in the last 10 s on.',
  }),
  open: described(v.optional(durationRange(), '1s..60s'), {
    does: 'How long it stays open: at first the smaller one, doubled each time that the probes fail.',
  }),
  probes: described(v.optional(wholeNumber({ min: 1, max: 100 }), 1), {
    does: 'Requests that are let through when that time is over; when they succeed it closes.',
  }),
})

const outlier = block({
  interval: described(v.optional(duration({ min: '1s', max: '1h' }), '10s'), {
    does: 'How often the success rates of the endpoints are compared.',
    elsewhere: { Envoy: 'interval' },
  }),
  maxEjected: described(v.optional(ratio(), 0.5), {
    does: 'The largest share of endpoints out at once; never the last one.',
    elsewhere: { Envoy: 'max_ejection_percent' },
  }),
  base: described(v.optional(duration({ min: '1s', max: '1h' }), '30s'), {
    does: 'How long the first ejection lasts; twice that for the second in a row, and so on up to 5 minutes.',
    elsewhere: { Envoy: 'base_ejection_time' },
  }),
})

const upstreamLimits = block({
  connections: described(v.optional(wholeNumber({ min: 1, max: 65_000 }), 100), {
    does: 'Attempts in flight at one endpoint, each on a connection of its own.',
    elsewhere: { Envoy: 'max_connections', HAProxy: 'maxconn' },
  }),
  requests: described(v.optional(wholeNumber({ min: 1, max: 1_000_000 }), 1000), {
    does: 'Attempts in flight at the upstream.',
    elsewhere: { Envoy: 'max_requests' },
  }),
  queue: described(v.optional(wholeNumber({ min: 0, max: 1_000_000 }), 256), {
    does: 'Requests that may wait for a place; one more is answered with 503.',
    elsewhere: { Envoy: 'max_pending_requests', HAProxy: 'maxqueue' },
  }),
  queueTimeout: described(v.optional(duration({ min: '1ms', max: '1h' }), '1s'), {
    does: 'How long one waits before it is answered with 503.',
    elsewhere: { HAProxy: 'timeout queue' },
  }),
})

const health = block({
  path: described(textLike(/^\/[^\s#]*$/, 'a path such as /healthz'), {
    does: 'Asked for with GET; any status from 200 to 399 is healthy.',
    elsewhere: { Envoy: 'http_health_check.path', HAProxy: 'option httpchk' },
  }),
  interval: described(v.optional(duration({ min: '100ms', max: '1h' }), '5s'), {
    does: 'The time between two checks of one endpoint, give or take a tenth.',
    elsewhere: { HAProxy: 'inter' },
  }),
  timeout: described(v.optional(duration({ min: '10ms', max: '5m' }), '2s'), {
    does: 'The time for one check, connecting included.',
  }),
  unhealthy: described(v.optional(wholeNumber({ min: 1, max: 100 }), 3), {
    does: 'Bad checks in a row that take an endpoint out.',
    elsewhere: { HAProxy: 'fall' },
  }),
  healthy: described(v.optional(wholeNumber({ min: 1, max: 100 }), 2), {
    does: 'Good checks in a row that take it in again.',
    elsewhere: { HAProxy: 'rise' },
  }),
})

const upstreamTimeouts = block({
  connect: described(v.optional(duration({ min: '1ms', max: '5m' }), '1s'), {
    does: 'The time to connect; a healthy endpoint of the same cluster accepts within a millisecond.',
    elsewhere: { Envoy: 'connect_timeout', HAProxy: 'timeout connect' },
  }),
  idle: described(v.optional(duration({ min: '1ms', max: '1h' }), '4s'), {
    does: 'How long an unused connection is kept at most: less than servers do (Node closes after 5 s), so that we close first. What an endpoint says or does shortens it further.',
    elsewhere: { Envoy: 'idle_timeout', HAProxy: 'pool-purge-delay' },
  }),
})

const hashBalancer = block({
  hash: described(
    block({
      header: described(textLike(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'the name of a header'), {
        does: 'Requests with the same value of this header go to the same endpoint, as long as it has not 125 % of its share.',
      }),
    }),
    {
      does: 'Consistent hashing with bounded load.',
      elsewhere: { Envoy: 'RING_HASH', HAProxy: 'hash-balance-factor' },
    },
  ),
})

export const upstreamKeys = v.pipe(
  block({
    endpoints: described(v.optional(list(endpoint, 1)), {
      does: 'Fixed endpoints to balance over; `{ address, weight }` gives one more or fewer requests than the others.',
    }),
    dns: described(v.optional(tcpAddress()), {
      does: 'Looks the name up every 5 s and balances over all its addresses; a failed look-up keeps the last ones.',
      example: 'inventory:8080',
      elsewhere: { Envoy: 'STRICT_DNS', HAProxy: 'server-template' },
    }),
    srv: reserved(),
    file: reserved(),
    kubernetes: reserved(),
    balancer: described(
      v.optional(byShape({ text: choice(['p2c', 'ewma', 'round-robin']), map: hashBalancer }), 'p2c'),
      {
        does: 'Chooses the endpoint of each request. `p2c`: of two taken at random the one with fewer requests in flight; `ewma`: the one that answers faster too; `round-robin`: in turn; `{ hash: { header } }`: the same header to the same endpoint.',
        change: '`ewma` where endpoints differ in speed.',
        elsewhere: { Envoy: 'lb_policy', HAProxy: 'balance' },
      },
    ),
    budget: described(v.optional(budget, {}), {
      does: 'How much retries and hedges may add to the load of the upstream.',
    }),
    breaker: described(v.optional(byShape({ text: choice(['off']), map: breaker }), {}), {
      does: 'Keeps requests away from an endpoint, or from the whole upstream, that fails. `off` turns it off.',
      elsewhere: { Envoy: 'outlier_detection.consecutive_5xx' },
    }),
    outlier: described(v.optional(byShape({ text: choice(['off']), map: outlier }), {}), {
      does: 'Takes an endpoint out that fails far more often than the others. `off` turns it off.',
      elsewhere: { Envoy: 'outlier_detection.success_rate' },
    }),
    panic: described(v.optional(ratio(), 0.5), {
      does: 'When a smaller share of the endpoints is healthy, all are used: the few would break under the load of all. 0 turns it off.',
      elsewhere: { Envoy: 'healthy_panic_threshold' },
    }),
    slowStart: described(v.optional(duration({ max: '1h' }), '0s'), {
      does: 'A new or returned endpoint gets a share that grows from a tenth to the whole in this time; 0s is off.',
      change: 'Set it where endpoints are slow at first (caches, compilers).',
      elsewhere: { Envoy: 'slow_start_window', HAProxy: 'slowstart' },
    }),
    limits: described(v.optional(upstreamLimits, {}), { does: 'How much may be in flight, exactly.' }),
    health: described(v.optional(health), {
      does: 'Checks that find out whether an endpoint is well, apart from the requests.',
    }),
    timeouts: described(v.optional(upstreamTimeouts, {}), { does: 'How long connections may take, and stay.' }),
    tls: reserved(),
    auth: reserved(),
  }),
  exactlyOneOf('endpoints', 'dns', 'srv', 'file', 'kubernetes'),
)
