/** The keys of one entry of `listeners`, with their defaults and what they are for. */
import { block, defaultsWith, exactlyOneOf } from '@podmates/shared/config/block.ts'
import { choice } from '@podmates/shared/config/choice.ts'
import { list } from '@podmates/shared/config/collections.ts'
import { described } from '@podmates/shared/config/described.ts'
import { reserved } from '@podmates/shared/config/reserved.ts'
import { address } from '@podmates/shared/config/values/address.ts'
import { duration } from '@podmates/shared/config/values/duration.ts'
import { wholeNumber } from '@podmates/shared/config/values/number.ts'
import * as v from 'valibot'
import { routeKeys, shortRouteDefaults, shortRouteKeys, upstreamName } from '../route/route-keys.ts'
import { forwardEntry, network } from './forward/allow-list-values.ts'

const listenerTimeouts = block({
  head: described(v.optional(duration({ min: '100ms', max: '10m' }), '10s'), {
    does: 'The time for the head of a request, from its first byte to its last.',
    elsewhere: { Envoy: 'request_headers_timeout', HAProxy: 'timeout http-request' },
  }),
  idle: described(v.optional(duration({ min: '100ms', max: '24h' }), '1h'), {
    does: 'How long a client may keep a connection open without a request.',
    elsewhere: { Envoy: 'idle_timeout', HAProxy: 'timeout http-keep-alive' },
  }),
  stream: described(v.optional(duration({ min: '100ms', max: '24h' }), '5m'), {
    does: 'How long a body, an event stream or a tunnel may stand still, no byte in either direction.',
    elsewhere: { Envoy: 'stream_idle_timeout', HAProxy: 'timeout tunnel' },
  }),
})

const forward = block({
  allow: described(list(forwardEntry(), 1), {
    does: 'Where whole URLs and CONNECT may lead: `host:port`; the first label of the host may be `*`, and the port too.',
    example: '["api.example.com:443", "*.internal.example:8080"]',
  }),
  networks: described(v.optional(list(network()), []), {
    does: 'Networks that the resolved addresses must lie in. Without any, all but loopback, link-local, multicast and cloud metadata addresses will do: private networks, Pods and Services ARE allowed.',
    example: '["10.0.0.0/8"]',
  }),
  timeout: described(v.optional(duration({ min: '1ms', max: '24h' }), '15s'), {
    does: 'The time for the whole request, from its head to the end of the answer; then 504, or a broken-off answer. Event streams, tunnels and upgraded connections are not cut by it.',
    change: 'Raise it for long downloads.',
    elsewhere: { Envoy: 'route.timeout', HAProxy: 'timeout server' },
  }),
})

export const listenerKeys = v.pipe(
  block({
    address: described(address(), {
      does: 'Where it listens. On loopback or a unix socket it is outbound, for the app; on any other address inbound, for callers of the app.',
    }),
    upstream: described(v.optional(upstreamName), { does: 'The short form: everything goes to this upstream.' }),
    ...shortRouteKeys,
    routes: described(v.optional(list(routeKeys, 1)), { does: 'Where requests go by host, path and method.' }),
    protocol: described(v.optional(choice(['http'], { notYet: ['tcp'] }), 'http'), { does: 'What is spoken on it.' }),
    timeouts: described(v.optional(listenerTimeouts, {}), { does: 'How long clients may take.' }),
    connections: described(v.optional(wholeNumber({ min: 1, max: 1_000_000 }), 4000), {
      does: 'Connections from clients at a time; one more is answered with 503 and closed.',
      change:
        'An idle one takes 7 to 8 KiB. 4000 of all listeners together fit the memory limit of 96Mi; raise both together.',
      elsewhere: { Envoy: 'connection_limit', HAProxy: 'maxconn' },
    }),
    forward: described(v.optional(forward), {
      does: 'Makes the listener a forward proxy too: whole URLs and CONNECT go where they say, past the routes.',
    }),
    tls: reserved(),
    jwt: reserved(),
    authorize: reserved(),
  }),
  exactlyOneOf('upstream', 'routes'),
  defaultsWith(shortRouteKeys, 'upstream', shortRouteDefaults),
)
