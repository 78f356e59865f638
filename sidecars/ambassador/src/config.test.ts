import { loadConfig } from '@podmates/shared/config/load-config.ts'
import { describe, expect, it } from 'vitest'
import { configDefinition } from './config.ts'

const world = {
  env: {},
  readFile: (): never => {
    throw new Error('no files here')
  },
}

const load = (text: string) => loadConfig(configDefinition, { file: 'ambassador.yaml', text }, world)

const minimal = configDefinition.minimal ?? ''

it('needs no more than a listener and its upstream', () => {
  const loaded = load(minimal)
  expect(loaded).toMatchObject({
    ok: true,
    value: {
      listeners: {
        inventory: { address: { host: '127.0.0.1', port: 15_010 }, upstream: 'inventory', protocol: 'http' },
      },
      upstreams: { inventory: { dns: { host: 'inventory', port: 8080 }, balancer: 'round-robin' } },
      admin: { address: { host: '0.0.0.0', port: 19_001 }, readOnly: false },
      log: { level: 'info', access: 'errors' },
      drain: { delay: 5000, timeout: 20_000 },
      limits: { headBytes: 32_768, headers: 100, targetBytes: 8192 },
    },
  })
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
    { what: 'a key that comes later', text: `${minimal}limits: { replayBytes: 1MiB }\n`, code: 'PM0109', line: 5 },
    {
      what: 'a protocol that comes later',
      text: `listeners: { x: { address: "127.0.0.1:1", upstream: a, protocol: tcp } }\n${upstreams}`,
      code: 'PM0109',
      line: 1,
    },
    {
      what: 'a balancer that comes later',
      text: 'listeners: { x: { address: "127.0.0.1:1", upstream: a } }\nupstreams: { a: { dns: "a:1", balancer: p2c } }\n',
      code: 'PM0109',
      line: 2,
    },
    {
      what: 'a balancer with settings, which comes later',
      text: 'listeners: { x: { address: "127.0.0.1:1", upstream: a } }\nupstreams: { a: { dns: "a:1", balancer: { hash: { header: x } } } }\n',
      code: 'PM0109',
      line: 2,
    },
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

  it.each(['retry: { attempts: 3 }', 'hedge: { max: 1 }'])('the key of a route that comes later: %s', (key) => {
    const loaded = load(`listeners: { x: { address: "127.0.0.1:1", routes: [{ upstream: a, ${key} }] } }\n${upstreams}`)
    expect(loaded).toMatchObject({ ok: false, problems: [{ code: 'PM0109' }] })
  })

  it.each(['budget: {}', 'breaker: {}', 'outlier: {}', 'limits: {}', 'health: {}', 'tls: {}', 'auth: {}'])(
    'the key of an upstream that comes later: %s',
    (key) => {
      const loaded = load(
        `listeners: { x: { address: "127.0.0.1:1", upstream: a } }\nupstreams: { a: { dns: "a:1", ${key} } }\n`,
      )
      expect(loaded).toMatchObject({ ok: false, problems: [{ code: 'PM0109' }] })
    },
  )
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
