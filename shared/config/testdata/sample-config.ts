/** A configuration with one key of every kind, for the tests of this room. */
import * as v from 'valibot'
import { block, exactlyOneOf } from '../block.ts'
import { byShape } from '../by-shape.ts'
import { choice } from '../choice.ts'
import { list, named } from '../collections.ts'
import { type ConfigOf, defineConfig } from '../define-config.ts'
import { described } from '../described.ts'
import { nameIn } from '../names.ts'
import { reserved } from '../reserved.ts'
import { address, tcpAddress } from '../values/address.ts'
import { duration } from '../values/duration.ts'
import { durationRange } from '../values/duration-range.ts'
import { fileMode } from '../values/file-mode.ts'
import { port, ratio, wholeNumber } from '../values/number.ts'
import { size } from '../values/size.ts'
import { absolutePath, httpUrl, text, urlOf } from '../values/text.ts'

const upstream = v.pipe(
  block({
    endpoints: described(v.optional(list(tcpAddress(), 1)), { does: 'Fixed endpoints to balance over.' }),
    dns: described(v.optional(tcpAddress()), {
      does: 'Looks the name up and uses every address.',
      example: 'inventory:8080',
    }),
    srv: reserved(),
    balancer: described(v.optional(choice(['round-robin', 'random'], { notYet: ['p2c', 'ewma'] }), 'round-robin'), {
      does: 'Chooses the endpoint of each request.',
      elsewhere: { Envoy: 'lb_policy' },
    }),
    retries: described(v.optional(wholeNumber({ min: 0, max: 10 }), 1), {
      does: 'Tries again on another endpoint.',
      change: 'Raise it where endpoints come and go',
      elsewhere: { Envoy: 'num_retries' },
    }),
    backoff: described(v.optional(durationRange(), '1s..60s'), { does: 'How long an endpoint is left alone.' }),
  }),
  exactlyOneOf('endpoints', 'dns', 'srv'),
)

export const sampleDefinition = defineConfig({
  name: 'sample',
  title: 'Podmates sample',
  minimal: 'upstreams:\n  app: { endpoints: ["127.0.0.1:8080"] }\n',
  schema: block({
    admin: described(
      v.optional(
        block({ address: v.optional(address(), '0.0.0.0:19001'), readOnly: v.optional(v.boolean(), false) }),
        {},
      ),
      {
        does: 'The server for probes and metrics.',
      },
    ),
    access: described(
      v.optional(byShape({ text: choice(['off', 'errors', 'all']), map: block({ sample: ratio() }) }), 'errors'),
      {
        does: 'Which requests are logged.',
      },
    ),
    drain: v.optional(
      block({
        timeout: described(v.optional(duration({ min: '1s', max: '10m' }), '20s'), {
          does: 'The longest wait for requests.',
        }),
      }),
      {},
    ),
    limits: v.optional(
      block({
        head: described(v.optional(size({ min: '1KiB', max: '1MiB' }), '32KiB'), {
          does: 'The longest head of a request.',
        }),
      }),
      {},
    ),
    hedge: reserved(),
    port: v.optional(port()),
    mode: v.optional(fileMode(), '0640'),
    path: v.optional(absolutePath()),
    collector: v.optional(httpUrl()),
    database: v.optional(urlOf(['postgres'])),
    headers: v.optional(named(text()), {}),
    client: v.optional(block({ id: text(), key: described(text(), { does: 'Proves who asks.', secret: true }) })),
    routes: v.optional(
      list(block({ host: v.optional(text(), '*'), upstream: nameIn('upstreams', 'the name of an upstream') })),
      [],
    ),
    upstreams: described(named(upstream), { does: 'Where requests go.' }),
  }),
  check: ({ routes }, report) => {
    for (const [index, { host }] of routes.entries()) {
      const first = routes.findIndex((each) => each.host === host)
      if (host !== '*' && first < index)
        report(['routes', index], { code: 'PM0203', sentence: `routes[${first}] has this host too` })
    }
  },
})

export type SampleConfig = ConfigOf<typeof sampleDefinition>
