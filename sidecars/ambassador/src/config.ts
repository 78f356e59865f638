/** The ambassador's configuration: every key, its default and what it is for. The README's table comes from here. */
import { adminKey } from '@podmates/shared/admin/admin-key.ts'
import { block, exactlyOneOf } from '@podmates/shared/config/block.ts'
import { byShape } from '@podmates/shared/config/by-shape.ts'
import { choice } from '@podmates/shared/config/choice.ts'
import { list, named } from '@podmates/shared/config/collections.ts'
import { type ConfigOf, defineConfig, type Report } from '@podmates/shared/config/define-config.ts'
import { described } from '@podmates/shared/config/described.ts'
import { reserved } from '@podmates/shared/config/reserved.ts'
import { type Address, address, formatAddress, tcpAddress } from '@podmates/shared/config/values/address.ts'
import { duration } from '@podmates/shared/config/values/duration.ts'
import { ratio, wholeNumber } from '@podmates/shared/config/values/number.ts'
import { size } from '@podmates/shared/config/values/size.ts'
import { textLike } from '@podmates/shared/config/values/text.ts'
import { logLevels } from '@podmates/shared/log/logger.ts'
import * as v from 'valibot'
import { leadsTo, overlap } from './listener/overlap.ts'

const log = block({
  level: described(v.optional(choice(logLevels), 'info'), {
    does: 'The least important lines that are written.',
    change: 'Change it at run time with `podmate loglevel`.',
  }),
  access: described(
    v.optional(
      byShape({
        text: choice(['off', 'errors', 'all']),
        map: block({
          sample: described(ratio(), { does: 'The share of good requests that are logged; bad ones always are.' }),
        }),
      }),
      'errors',
    ),
    {
      does: 'Which requests get a log line. `errors`: those that failed, were retried, or were answered by the ambassador.',
      change:
        '`all` while you look into something, or `{ sample: 0.01 }` for good; each line is written on the path of its request.',
      elsewhere: { Envoy: 'access_log' },
    },
  ),
})

const drain = block({
  delay: described(v.optional(duration({ max: '5m' }), '5s'), {
    does: 'After the Pod has begun to end, inbound listeners accept new connections for this long; outbound ones until SIGTERM.',
    change: 'Raise it where endpoint changes take longer to reach the callers.',
    elsewhere: { Istio: 'terminationDrainDuration' },
  }),
  timeout: described(v.optional(duration({ max: '1h' }), '20s'), {
    does: 'After SIGTERM, requests in flight have this long before they are cut.',
    change: 'Keep it below what terminationGracePeriodSeconds leaves after the app.',
    elsewhere: { Envoy: '--drain-time-s', HAProxy: 'hard-stop-after' },
  }),
})

const limits = block({
  headBytes: described(v.optional(size({ min: '1KiB', max: '1MiB' }), '32KiB'), {
    does: 'The largest head of a request or response; a larger one is answered with 431, or 502.',
    change: 'Raise it for very large cookies or tokens.',
    elsewhere: { Envoy: 'max_request_headers_kb', HAProxy: 'tune.bufsize' },
  }),
  headers: described(v.optional(wholeNumber({ min: 1, max: 1000 }), 100), {
    does: 'The most header fields in one head.',
    elsewhere: { Envoy: 'max_headers_count', HAProxy: 'tune.http.maxhdr' },
  }),
  targetBytes: described(v.optional(size({ min: '256B', max: '64KiB' }), '8KiB'), {
    does: 'The longest request target (path and query); a longer one is answered with 414.',
  }),
  replayBytes: reserved(),
})

const timeout = described(v.optional(duration({ min: '1ms', max: '24h' }), '15s'), {
  does: 'The time for the whole request, from its head to the end of the answer; then 504, or a broken-off answer.',
  change: 'Set it a little above the slowest good answer. Raise it for long downloads and event streams.',
  elsewhere: { Envoy: 'route.timeout', HAProxy: 'timeout server' },
})

const upstreamName = textLike(/./, 'the name of an upstream')

const match = block({
  host: described(v.optional(textLike(/^(\*|[^\s:/]+|\[[^\s/]+\])$/, 'a host without port, or *')), {
    does: 'The host that the request names, without its port; `*` is any.',
  }),
  path: described(v.optional(textLike(/^\/[^*?#]*\*?$/, 'a path such as /v1/items, or /v1/*')), {
    does: 'An exact path, or with `/*` at its end all below it.',
  }),
  methods: described(v.optional(list(textLike(/^[A-Z-]+$/, 'a method in capitals'), 1)), {
    does: 'The methods that match; all without it.',
  }),
})

const route = v.pipe(
  block({
    match: described(v.optional(match, {}), {
      does: 'Conditions that must all hold; the first route that matches is taken.',
    }),
    upstream: described(v.optional(upstreamName), { does: 'Where matching requests go.' }),
    status: described(v.optional(wholeNumber({ min: 200, max: 599 })), {
      does: 'Answers with this status and asks nobody.',
    }),
    timeout,
    retry: reserved(),
    hedge: reserved(),
  }),
  exactlyOneOf('upstream', 'status'),
)

const listener = v.pipe(
  block({
    address: described(address(), {
      does: 'Where it listens. On loopback or a unix socket it is outbound, for the app; on any other address inbound, for callers of the app.',
    }),
    upstream: described(v.optional(upstreamName), { does: 'The short form: everything goes to this upstream.' }),
    routes: described(v.optional(list(route, 1)), { does: 'Where requests go by host, path and method.' }),
    protocol: described(v.optional(choice(['http'], { notYet: ['tcp'] }), 'http'), { does: 'What is spoken on it.' }),
    tls: reserved(),
    jwt: reserved(),
    authorize: reserved(),
  }),
  exactlyOneOf('upstream', 'routes'),
)

const upstream = v.pipe(
  block({
    endpoints: described(v.optional(list(address(), 1)), { does: 'Fixed endpoints to balance over.' }),
    dns: described(v.optional(tcpAddress()), {
      does: 'Looks the name up every 5 s and balances over all its addresses; a failed look-up keeps the last ones.',
      example: 'inventory:8080',
      elsewhere: { Envoy: 'STRICT_DNS', HAProxy: 'server-template' },
    }),
    srv: reserved(),
    file: reserved(),
    kubernetes: reserved(),
    balancer: described(
      v.optional(
        byShape({ text: choice(['round-robin'], { notYet: ['p2c', 'ewma'] }), map: reserved() }),
        'round-robin',
      ),
      { does: 'Chooses the endpoint of each request.', elsewhere: { Envoy: 'lb_policy', HAProxy: 'balance' } },
    ),
    budget: reserved(),
    breaker: reserved(),
    outlier: reserved(),
    limits: reserved(),
    health: reserved(),
    tls: reserved(),
    auth: reserved(),
  }),
  exactlyOneOf('endpoints', 'dns', 'srv', 'file', 'kubernetes'),
)

export const configDefinition = defineConfig({
  name: 'ambassador',
  title: 'Podmates ambassador',
  minimal: `listeners:
  inventory: { address: 127.0.0.1:15010, upstream: inventory }
upstreams:
  inventory: { dns: "inventory:8080" }
`,
  schema: block({
    admin: adminKey(19001),
    log: described(v.optional(log, {}), { does: 'What is logged.' }),
    drain: described(v.optional(drain, {}), { does: 'How it ends.' }),
    limits: described(v.optional(limits, {}), { does: 'How much of one message is held in memory.' }),
    listeners: described(named(listener), { does: 'The ports, by name. The name stands in logs and metrics.' }),
    upstreams: described(named(upstream), { does: 'The services behind them, by name.' }),
  }),
  check: (config, report) => {
    const taken: { who: string; address: Address }[] = [{ who: 'the admin server', address: config.admin.address }]
    for (const [name, { address, upstream, routes }] of Object.entries(config.listeners)) {
      checkUpstream(['listeners', name, 'upstream'], upstream, config.upstreams, report)
      for (const [index, route] of (routes ?? []).entries()) {
        checkUpstream(['listeners', name, 'routes', index, 'upstream'], route.upstream, config.upstreams, report)
      }
      const other = taken.find((each) => overlap(each.address, address))
      if (other !== undefined) {
        const sentence = `${other.who} has this address too: ${formatAddress(other.address)}`
        report(['listeners', name, 'address'], { code: 'PM0203', sentence })
      }
      taken.push({ who: `the listener "${name}"`, address })
    }
    for (const [name, { endpoints }] of Object.entries(config.upstreams)) {
      for (const [index, endpoint] of (endpoints ?? []).entries()) {
        checkLoop(['upstreams', name, 'endpoints', index], endpoint, config.listeners, report)
      }
    }
  },
})

export type AmbassadorConfig = ConfigOf<typeof configDefinition>

function checkUpstream(
  path: readonly (string | number)[],
  name: string | undefined,
  upstreams: Readonly<Record<string, unknown>>,
  report: Report,
): void {
  if (name === undefined || Object.hasOwn(upstreams, name)) return
  report(path, { expected: 'the name of an upstream', allowed: Object.keys(upstreams) })
}

function checkLoop(
  path: readonly (string | number)[],
  endpoint: Address,
  listeners: Readonly<Record<string, { readonly address: Address }>>,
  report: Report,
): void {
  const found = Object.entries(listeners).find(([, { address }]) => leadsTo(endpoint, address))
  if (found === undefined) return
  report(path, { code: 'PM0204', sentence: `this is the listener "${found[0]}" of the ambassador itself` })
}
