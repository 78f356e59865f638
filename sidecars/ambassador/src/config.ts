/** The ambassador's configuration: every key, its default and what it is for. The README's table comes from here. */
import { adminKey } from '@podmates/shared/admin/admin-key.ts'
import { block } from '@podmates/shared/config/block.ts'
import { byShape } from '@podmates/shared/config/by-shape.ts'
import { choice } from '@podmates/shared/config/choice.ts'
import { named } from '@podmates/shared/config/collections.ts'
import { type ConfigOf, defineConfig, type Report } from '@podmates/shared/config/define-config.ts'
import { described } from '@podmates/shared/config/described.ts'
import { type Address, formatAddress } from '@podmates/shared/config/values/address.ts'
import { duration, formatDuration } from '@podmates/shared/config/values/duration.ts'
import { ratio, wholeNumber } from '@podmates/shared/config/values/number.ts'
import { size } from '@podmates/shared/config/values/size.ts'
import { logLevels } from '@podmates/shared/log/logger.ts'
import * as v from 'valibot'
import { warnOfConfig } from './config-warnings.ts'
import { forwardLabel } from './listener/forward/forward-label.ts'
import { listenerKeys } from './listener/listener-keys.ts'
import { leadsTo, overlap } from './listener/overlap.ts'
import { isHedgedMethod } from './resilience/hedge-plan.ts'
import type { ConfiguredRoute, ShortRoute } from './route/route-keys.ts'
import { upstreamKeys } from './upstream/upstream-keys.ts'

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
  replayBytes: described(v.optional(size({ min: '0B', max: '1GiB' }), '16MiB'), {
    does: 'How much of request bodies is kept for another attempt, all requests together; a body that finds no room is sent once.',
    change: 'Keep it well below the memory limit of the container.',
  }),
})

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
    listeners: described(named(listenerKeys), { does: 'The ports, by name. The name stands in logs and metrics.' }),
    upstreams: described(named(upstreamKeys), { does: 'The services behind them, by name.' }),
  }),
  check: (config, report) => {
    const taken: { who: string; address: Address }[] = [{ who: 'the admin server', address: config.admin.address }]
    for (const [name, listener] of Object.entries(config.listeners)) {
      const { address, routes } = listener
      if (routes === undefined) checkRoute(['listeners', name], listener, config.upstreams, report)
      else checkNoShortForm(['listeners', name], listener, report)
      for (const [index, route] of (routes ?? []).entries()) {
        checkRoute(['listeners', name, 'routes', index], route, config.upstreams, report)
      }
      const other = taken.find((each) => overlap(each.address, address))
      if (other !== undefined) {
        const sentence = `${other.who} has this address too: ${formatAddress(other.address)}`
        report(['listeners', name, 'address'], { code: 'PM0203', sentence })
      }
      taken.push({ who: `the listener "${name}"`, address })
    }
    if (Object.hasOwn(config.upstreams, forwardLabel)) checkForwardLabel(config.listeners, report)
    for (const [name, { endpoints, breaker, limits }] of Object.entries(config.upstreams)) {
      if (breaker !== 'off' && breaker.probes > limits.requests) {
        const sentence = `limits.requests lets ${limits.requests} through at a time, so ${breaker.probes} probes never are`
        report(['upstreams', name, 'breaker', 'probes'], { code: 'PM0207', sentence })
      }
      for (const [index, endpoint] of (endpoints ?? []).entries()) {
        const target = 'weight' in endpoint ? endpoint.address : endpoint
        checkLoop(['upstreams', name, 'endpoints', index], target, config.listeners, report)
      }
    }
  },
  warn: (config, warn) => warnOfConfig(config, warn),
})

export type AmbassadorConfig = ConfigOf<typeof configDefinition>

type Path = readonly (string | number)[]

/** A route, or a listener that is one. */
function checkRoute(
  path: Path,
  route: ShortRoute & { readonly match?: ConfiguredRoute['match'] },
  upstreams: AmbassadorConfig['upstreams'],
  report: Report,
): void {
  checkTimes(path, route, report)
  checkHedge([...path, 'hedge'], route, upstreams, report)
}

/** Logs and metrics could not tell the two apart. */
function checkForwardLabel(listeners: AmbassadorConfig['listeners'], report: Report): void {
  const found = Object.entries(listeners).find(([, { forward }]) => forward !== undefined)
  if (found === undefined) return
  const sentence = `"${forwardLabel}" is what logs and metrics call the forward proxy of the listener "${found[0]}"`
  report(['upstreams', forwardLabel], { code: 'PM0203', sentence })
}

function checkNoShortForm(path: Path, listener: ShortRoute, report: Report): void {
  for (const key of ['timeout', 'retry', 'hedge'] as const) {
    if (listener[key] === undefined) continue
    const sentence = `"${key}" and "routes" exclude each other, for each route has its own`
    report([...path, key], { code: 'PM0112', sentence })
  }
}

/** Times that end after the request can never matter. */
function checkTimes(path: Path, { timeout, retry = 'off', hedge }: ShortRoute, report: Report): void {
  if (timeout === undefined) return
  const whole = `the whole request has ${formatDuration(timeout)}`
  if (retry !== 'off' && retry.perTry !== undefined && retry.perTry >= timeout) {
    report([...path, 'retry', 'perTry'], { code: 'PM0205', sentence: `${whole}, so no attempt could follow` })
  } else if (retry !== 'off' && retry.perTry !== undefined && retry.perTry * (retry.attempts - 1) >= timeout) {
    const before = `${retry.attempts - 1} attempts of ${formatDuration(retry.perTry)} use it up`
    report([...path, 'retry'], { code: 'PM0205', sentence: `${whole}, and ${before} before attempt ${retry.attempts}` })
  }
  if (hedge === undefined) return
  if ('ms' in hedge.after && hedge.after.ms >= timeout) {
    report([...path, 'hedge', 'after'], { code: 'PM0205', sentence: `${whole}, so no hedge would be sent` })
  }
}

/** A hedge goes to another endpoint, and only with some methods. */
function checkHedge(
  path: Path,
  { upstream, hedge, match = {} }: ShortRoute & { readonly match?: ConfiguredRoute['match'] },
  upstreams: AmbassadorConfig['upstreams'],
  report: Report,
): void {
  if (hedge === undefined) return
  if (match.methods !== undefined && !match.methods.some(isHedgedMethod)) {
    report(path, { code: 'PM0206', sentence: `none of ${match.methods.join(', ')} is ever hedged` })
  }
  if (upstream !== undefined && upstreams[upstream]?.endpoints?.length === 1) {
    report(path, {
      code: 'PM0206',
      sentence: `the upstream "${upstream}" has one endpoint, and a hedge goes to another`,
    })
  }
}

function checkLoop(
  path: Path,
  endpoint: Address,
  listeners: Readonly<Record<string, { readonly address: Address }>>,
  report: Report,
): void {
  const found = Object.entries(listeners).find(([, { address }]) => leadsTo(endpoint, address))
  if (found === undefined) return
  report(path, { code: 'PM0204', sentence: `this is the listener "${found[0]}" of the ambassador itself` })
}
