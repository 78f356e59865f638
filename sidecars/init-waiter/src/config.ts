/** The init waiter's configuration: every key, its default and what it is for. The README's table comes from here. */
import { block } from '@podmates/shared/config/block.ts'
import { byShape } from '@podmates/shared/config/by-shape.ts'
import { list, named } from '@podmates/shared/config/collections.ts'
import { type ConfigOf, defineConfig } from '@podmates/shared/config/define-config.ts'
import { described } from '@podmates/shared/config/described.ts'
import { nameIn } from '@podmates/shared/config/names.ts'
import { reserved } from '@podmates/shared/config/reserved.ts'
import { duration } from '@podmates/shared/config/values/duration.ts'
import { wholeNumber } from '@podmates/shared/config/values/number.ts'
import { absolutePath, httpUrl } from '@podmates/shared/config/values/text.ts'
import * as v from 'valibot'
import { cyclesOf } from './plan/step-graph.ts'
import { statusRanges, targetUrl } from './wait/target-notation.ts'

const httpWait = block({
  http: described(httpUrl(), {
    does: 'Waits until a GET of this URL answers with one of the wanted statuses.',
    example: 'https://auth/healthz',
    elsewhere: { wait4x: 'http URL' },
  }),
  status: described(v.optional(statusRanges(), '200-399'), {
    does: 'The statuses that mean ready. Redirects are not followed: 302 is an answer.',
    change: 'Narrow it where an ingress or a mesh answers for a service that is not there.',
    elsewhere: { wait4x: '--expect-status-code' },
  }),
  ca: described(v.optional(absolutePath()), {
    does: 'A PEM file with the authorities to trust in place of the well-known ones.',
    example: '/tls/ca.crt',
  }),
  json: reserved(),
  kafka: reserved(),
  topic: reserved(),
  partitions: reserved(),
  grpc: reserved(),
  service: reserved(),
})

const step = block({
  wait: described(byShape({ text: targetUrl(), map: httpWait }), {
    does: 'Waits until the target accepts a connection (tcp) or answers with a good status (http).',
    example: 'tcp://db:5432',
  }),
  after: described(v.optional(list(nameIn('steps', 'the name of a step')), []), {
    does: 'Names of the steps that must be ready before this one begins; all others run at the same time.',
  }),
  successes: described(v.optional(wholeNumber({ min: 1, max: 100 }), 1), {
    does: 'How many tries in a row, 500 ms apart, must find the target ready.',
    change: 'Set it to 2 or 3 for a server that restarts once while it sets itself up, as database images do.',
  }),
  timeout: described(v.optional(duration({ min: '1ms' })), {
    does: 'Gives up when this step has taken that long; without it only the time of the whole plan counts.',
  }),
  invert: reserved(),
  migrate: reserved(),
  preload: reserved(),
  prepare: reserved(),
})

export const configDefinition = defineConfig({
  name: 'init-waiter',
  title: 'Podmates init waiter',
  minimal: 'steps:\n  db: { wait: "tcp://db:5432" }\n',
  schema: block({
    timeout: described(v.optional(duration({ min: '1ms' }), '5m'), {
      does: 'Gives up, with exit code 124, when all steps together have taken that long.',
      change:
        'Keep it above the slowest start of what you wait for: after it the kubelet restarts the waiter with a growing pause.',
      elsewhere: { wait4x: '--timeout', dockerize: '-timeout' },
    }),
    steps: described(named(step), { does: 'What must be ready before the next container of the Pod may start.' }),
    report: reserved(),
  }),
  check: ({ steps }, report) => {
    const graph = Object.entries(steps).map(([name, { after }]) => ({ name, after }))
    for (const { step, index, names } of cyclesOf(graph)) {
      const sentence = `these steps wait for each other: ${names.join(' -> ')}`
      report(['steps', step, 'after', index], { code: 'PM0202', sentence })
    }
  },
})

export type InitWaiterConfig = ConfigOf<typeof configDefinition>
