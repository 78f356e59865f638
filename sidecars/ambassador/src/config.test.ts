import { join } from 'node:path'
import { loadConfig } from '@podmates/shared/config/load-config.ts'
import { wrongAnswersToOddConfigs } from '@podmates/shared/testing/odd-configs.ts'
import { describe, expect, it } from 'vitest'
import { type AmbassadorConfig, configDefinition } from './config.ts'

const world = {
  env: {},
  readFile: (): never => {
    throw new Error('no files here')
  },
}

const load = (text: string) => loadConfig(configDefinition, { file: 'ambassador.yaml', text }, world)

const minimal = configDefinition.minimal ?? ''

const everyKey = `
listeners:
  egress:
    address: 127.0.0.1:15001
    timeouts: { head: 5s, idle: 1m, stream: 10m }
    connections: 500
    forward: { allow: ["api.example.com:443", "*.example.com:*"], networks: ["10.0.0.0/8"], timeout: 1m }
    routes:
      - match: { host: inventory.local, path: /v1/*, methods: [GET, HEAD] }
        upstream: inventory
        timeout: 2s
        retry: { attempts: 3, perTry: 500ms, on: [connect, reset, 502, 503, 504, 429], idempotent: auto, bodyBytes: 64KiB }
        hedge: { after: p95, max: 1 }
      - { upstream: inventory, retry: off, hedge: { after: 50ms } }
upstreams:
  inventory:
    endpoints: ["10.0.0.1:8080", { address: "10.0.0.2:8080", weight: 3 }]
    balancer: { hash: { header: X-User } }
    budget: { ratio: 0.2, minPerSecond: 3, window: 10s }
    breaker: { consecutive: 5, ratio: 0.5, minRequests: 20, open: 1s..60s, probes: 1 }
    outlier: off
    limits: { connections: 100, requests: 1000, queue: 256, queueTimeout: 1s }
    health: { path: /healthz, interval: 5s, unhealthy: 3, healthy: 2 }
    panic: 0
    slowStart: 30s
    timeouts: { connect: 200ms, idle: 2s }
`

it('answers every odd value and every missing one with problems that have a place, and never throws', () => {
  expect(wrongAnswersToOddConfigs(configDefinition, join(import.meta.dirname, '..'), [everyKey])).toEqual([])
})

it('needs no more than a listener and its upstream', () => {
  const loaded = load(minimal)
  expect(loaded).toMatchObject({
    ok: true,
    value: {
      listeners: {
        inventory: {
          address: { host: '127.0.0.1', port: 15_010 },
          upstream: 'inventory',
          timeout: 15_000,
          retry: { attempts: 3, on: ['connect', 'reset', 'timeout', 502, 503, 504] },
          protocol: 'http',
          timeouts: { head: 10_000, idle: 3_600_000, stream: 300_000 },
          connections: 4000,
        },
      },
      upstreams: {
        inventory: {
          dns: { host: 'inventory', port: 8080 },
          balancer: 'p2c',
          budget: { ratio: 0.2, minPerSecond: 3, window: 10_000 },
          breaker: { consecutive: 5, ratio: 0.5, minRequests: 20, open: { minMs: 1000, maxMs: 60_000 }, probes: 1 },
          outlier: { interval: 10_000, maxEjected: 0.5, base: 30_000 },
          limits: { connections: 100, requests: 1000, queue: 256, queueTimeout: 1000 },
          timeouts: { connect: 1000, idle: 4000 },
          panic: 0.5,
          slowStart: 0,
        },
      },
      admin: { address: { host: '0.0.0.0', port: 19_001 }, readOnly: false },
      log: { level: 'info', access: 'errors' },
      drain: { delay: 5000, timeout: 20_000 },
      limits: { headBytes: 32_768, headers: 100, targetBytes: 8192, replayBytes: 16_777_216 },
    },
  })
})

it('retries by default what is safe to retry', () => {
  const { ok, value } = load(
    'listeners: { x: { address: "127.0.0.1:1", routes: [{ upstream: a }] } }\nupstreams: { a: { dns: "a:1" } }\n',
  ) as { ok: true; value: AmbassadorConfig }
  expect(ok).toBe(true)
  expect(value.listeners.x?.routes?.[0]?.retry).toEqual({
    attempts: 3,
    on: ['connect', 'reset', 'timeout', 502, 503, 504],
    idempotent: 'auto',
    bodyBytes: 65_536,
  })
})

it('reads every key of a route and an upstream', () => {
  const loaded = load(everyKey)
  expect(loaded).toMatchObject({
    ok: true,
    value: {
      listeners: {
        egress: {
          forward: { timeout: 60_000 },
          routes: [
            {
              retry: { perTry: 500, on: ['connect', 'reset', 502, 503, 504, 429] },
              hedge: { after: { quantile: 0.95 } },
            },
            { retry: 'off', hedge: { after: { ms: 50 }, max: 1 } },
          ],
        },
      },
      upstreams: {
        inventory: {
          endpoints: [
            { host: '10.0.0.1', port: 8080 },
            { address: { host: '10.0.0.2', port: 8080 }, weight: 3 },
          ],
          health: { timeout: 2000 },
          outlier: 'off',
        },
      },
    },
  })
})

it('gives the short form what it says, and a route what the listener does not', () => {
  const loaded = load(`
listeners:
  x: { address: "127.0.0.1:1", upstream: a, timeout: 2s, retry: off, hedge: { after: 50ms } }
  y: { address: "127.0.0.1:2", routes: [{ upstream: a }] }
upstreams: { a: { dns: "a:1" } }
`)
  expect(loaded).toMatchObject({
    ok: true,
    value: { listeners: { x: { timeout: 2000, retry: 'off', hedge: { after: { ms: 50 }, max: 1 } } } },
  })
  expect(loaded.ok && loaded.value.listeners.y?.timeout).toBeUndefined()
})

it('gives a route its timeout', () => {
  const loaded = load(`
listeners:
  egress: { address: 127.0.0.1:1, routes: [{ upstream: a, timeout: 2s }, { match: { path: /x/* }, status: 404 }] }
upstreams: { a: { endpoints: ["10.0.0.1:80", "[::1]:80", "unix:/run/a.sock"] } }
`)
  expect(loaded).toMatchObject({
    ok: true,
    value: {
      listeners: {
        egress: {
          routes: [
            { match: {}, upstream: 'a', timeout: 2000 },
            { status: 404, timeout: 15_000 },
          ],
        },
      },
    },
  })
})

/** A wrong config, the code of its one problem, and the place. */
describe('refuses', () => {
  const upstreams = 'upstreams: { a: { endpoints: ["10.0.0.1:80"] } }\n'
  it.each([
    {
      what: 'an unknown upstream',
      text: `listeners: { x: { address: "127.0.0.1:1", upstream: b } }\n${upstreams}`,
      code: 'PM0201',
      line: 1,
    },
    {
      what: 'an unknown upstream in a route',
      text: `listeners: { x: { address: "127.0.0.1:1", routes: [{ upstream: b }] } }\n${upstreams}`,
      code: 'PM0201',
      line: 1,
    },
    {
      what: 'two listeners at one address',
      text: `listeners:\n  x: { address: "127.0.0.1:1", upstream: a }\n  y: { address: "127.0.0.1:1", upstream: a }\n${upstreams}`,
      code: 'PM0203',
      line: 3,
    },
    {
      what: 'both forms of a listener',
      text: `listeners: { x: { address: "127.0.0.1:1", upstream: a, routes: [{ status: 404 }] } }\n${upstreams}`,
      code: 'PM0112',
      line: 1,
    },
    {
      what: 'no form of a listener',
      text: `listeners: { x: { address: "127.0.0.1:1" } }\n${upstreams}`,
      code: 'PM0112',
      line: 1,
    },
    {
      what: 'an upstream with two sources',
      text: 'listeners: { x: { address: "127.0.0.1:1", upstream: a } }\nupstreams: { a: { endpoints: ["b:1"], dns: "b:1" } }\n',
      code: 'PM0112',
      line: 2,
    },
    {
      what: 'a protocol that comes later',
      text: `listeners: { x: { address: "127.0.0.1:1", upstream: a, protocol: tcp } }\n${upstreams}`,
      code: 'PM0109',
      line: 1,
    },
    {
      what: 'an attempt that may take as long as the whole request',
      text: `listeners: { x: { address: "127.0.0.1:1", routes: [{ upstream: a, timeout: 2s, retry: { perTry: 2s } }] } }\n${upstreams}`,
      code: 'PM0205',
      line: 1,
    },
    {
      what: 'a hedge that is due when the time is over',
      text: `listeners: { x: { address: "127.0.0.1:1", routes: [{ upstream: a, timeout: 1s, hedge: { after: 1s } }] } }\nupstreams: { a: { dns: "a:1" } }\n`,
      code: 'PM0205',
      line: 1,
    },
    {
      what: 'a hedge on a route for methods that are never hedged',
      text: `listeners: { x: { address: "127.0.0.1:1", routes: [{ match: { methods: [POST] }, upstream: a, hedge: {} }] } }\nupstreams: { a: { dns: "a:1" } }\n`,
      code: 'PM0206',
      line: 1,
    },
    {
      what: 'a time of the short form beside routes',
      text: `listeners: { x: { address: "127.0.0.1:1", routes: [{ upstream: a }], timeout: 1s } }\n${upstreams}`,
      code: 'PM0112',
      line: 1,
    },
    {
      what: 'in the short form, an attempt that may take as long as the whole request',
      text: `listeners: { x: { address: "127.0.0.1:1", upstream: a, retry: { perTry: 20s } } }\n${upstreams}`,
      code: 'PM0205',
      line: 1,
    },
    {
      what: 'a hedge where there is no second endpoint',
      text: `listeners: { x: { address: "127.0.0.1:1", routes: [{ upstream: a, hedge: {} }] } }\n${upstreams}`,
      code: 'PM0206',
      line: 1,
    },
    {
      what: 'an attempt that begins when the others have used up the time',
      text: `listeners: { x: { address: "127.0.0.1:1", routes: [{ upstream: a, timeout: 1s, retry: { perTry: 500ms } }] } }\n${upstreams}`,
      code: 'PM0205',
      line: 1,
    },
    {
      what: 'more probes than requests',
      text: 'listeners: { x: { address: "127.0.0.1:1", upstream: a } }\nupstreams: { a: { dns: "a:1", limits: { requests: 2 }, breaker: { probes: 3 } } }\n',
      code: 'PM0207',
      line: 2,
    },
    {
      what: 'a network that is none',
      text: `listeners: { x: { address: "127.0.0.1:1", upstream: a, forward: { allow: ["b:1"], networks: ["10.0.0.0"] } } }\n${upstreams}`,
      code: 'PM0110',
      line: 1,
    },
    {
      what: 'an upstream with the name that the forward proxy has in logs and metrics',
      text: 'listeners: { x: { address: "127.0.0.1:1", upstream: forward, forward: { allow: ["b:1"] } } }\nupstreams: { forward: { dns: "a:1" } }\n',
      code: 'PM0203',
      line: 2,
    },
    ...['/v1*', '/*/v1', '/v1/**', '/v1/*?a'].map((path) => ({
      what: `a path that would never match, ${path}`,
      text: `listeners: { x: { address: "127.0.0.1:1", routes: [{ match: { path: ${path} }, upstream: a }] } }\n${upstreams}`,
      code: 'PM0110',
      line: 1,
    })),
    {
      what: 'two listeners at one port, one of them at any address',
      text: `listeners:\n  x: { address: "127.0.0.1:8080", upstream: a }\n  y: { address: "0.0.0.0:8080", upstream: a }\n${upstreams}`,
      code: 'PM0203',
      line: 3,
    },
    {
      what: 'two listeners at one port, one of them at any IPv6 address',
      text: `listeners:\n  x: { address: "[::]:8080", upstream: a }\n  y: { address: "127.0.0.1:8080", upstream: a }\n${upstreams}`,
      code: 'PM0203',
      line: 3,
    },
    {
      what: 'a listener at the port of the admin server',
      text: `listeners:\n  x: { address: "127.0.0.1:19001", upstream: a }\n${upstreams}`,
      code: 'PM0203',
      line: 2,
    },
    {
      what: 'an upstream that is a listener of the same ambassador',
      text: 'listeners: { x: { address: "127.0.0.1:8080", upstream: a } }\nupstreams: { a: { endpoints: ["127.0.0.1:8080"] } }\n',
      code: 'PM0204',
      line: 2,
    },
    {
      what: 'an upstream that is a listener at any address',
      text: 'listeners: { x: { address: "0.0.0.0:8080", upstream: a } }\nupstreams: { a: { endpoints: ["localhost:8080"] } }\n',
      code: 'PM0204',
      line: 2,
    },
  ])('$what: $code', ({ text, code, line }) => {
    const loaded = load(text)
    expect(loaded.ok ? [] : loaded.problems.map((problem) => ({ code: problem.code, line: problem.line }))).toEqual([
      { code, line },
    ])
  })

  it.each(['tls: {}', 'auth: {}', 'srv: x'])('the key of an upstream that comes later: %s', (key) => {
    const loaded = load(
      `listeners: { x: { address: "127.0.0.1:1", upstream: a } }\nupstreams: { a: { dns: "a:1", ${key} } }\n`,
    )
    expect(loaded.ok ? [] : loaded.problems.map(({ code }) => code)).toContain('PM0109')
  })
})

it('tells of an unknown upstream beside what else is wrong', () => {
  const loaded = load(`${minimal.replace('upstream: inventory', 'upstream: inv')}drain: { timeout: 5 }\n`)
  expect(loaded.ok ? [] : loaded.problems.map(({ code, path }) => `${code} ${path}`)).toEqual([
    'PM0201 listeners.inventory.upstream',
    'PM0110 drain.timeout',
  ])
})

it('says how a path for all below it is written', () => {
  const routes = 'routes: [{ match: { path: /v1* }, upstream: a }]'
  const loaded = load(`listeners: { x: { address: "127.0.0.1:1", ${routes} } }\nupstreams: { a: { dns: "a:1" } }\n`)
  expect(loaded.ok ? [] : loaded.problems.map(({ hint }) => hint)).toEqual([
    'a * can only be the last segment, as in /v1/*',
  ])
})

it.each(['/v1', '/v1/*', '/*', '/'])('accepts %s as a path', (path) => {
  const routes = `routes: [{ match: { path: "${path}" }, upstream: a }]`
  expect(
    load(`listeners: { x: { address: "127.0.0.1:1", ${routes} } }\nupstreams: { a: { dns: "a:1" } }\n`),
  ).toMatchObject({ ok: true })
})

it('lets an upstream be called forward where no listener is a forward proxy', () => {
  expect(
    load('listeners: { x: { address: "127.0.0.1:1", upstream: forward } }\nupstreams: { forward: { dns: "a:1" } }\n'),
  ).toMatchObject({ ok: true })
})

it('accepts an upstream in another Pod at the port of a listener, and one port at two addresses', () => {
  const loaded = load(`listeners:
  x: { address: "0.0.0.0:8080", upstream: a }
  y: { address: "127.0.0.1:8081", upstream: a }
  z: { address: "127.0.0.2:8081", upstream: a }
upstreams: { a: { endpoints: ["10.1.2.3:8080"] } }
`)
  expect(loaded).toMatchObject({ ok: true })
})
