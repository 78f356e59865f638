/** A listener that is a forward proxy, over real sockets: where it goes, and where it does not. */
import { createMetrics } from '@podmates/shared/metrics/metrics.ts'
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { recordingLog } from '@podmates/shared/testing/recording-log.ts'
import { type Clock, systemClock } from '@podmates/shared/world/clock.ts'
import { seededRandom } from '@podmates/shared/world/random.ts'
import { describe, expect, it } from 'vitest'
import { ScratchBuffer } from '../../http1/scratch-buffer.ts'
import { requestMetrics } from '../../observe/request-metrics.ts'
import { requestObserver } from '../../observe/request-observer.ts'
import type { StatedTimes } from '../../resilience/outgoing-request.ts'
import { replayMemory } from '../../resilience/replay-memory.ts'
import { startDataPath } from '../../testdata/data-path.ts'
import { type Reply, startRawBackend } from '../../testdata/raw-backend.ts'
import { openRawClient, rawExchange } from '../../testdata/raw-client.ts'
import { Listener } from '../listener.ts'
import { requestEntry } from '../request-entry.ts'
import { allowList, type ForwardOptions } from './allow-list.ts'

const limits = { headBytesMax: 32_768, headersMax: 100, targetBytesMax: 8192 }

/** A forward proxy before one backend. @param names what each name is looked up as, one answer after another */
async function proxy(
  rules: Partial<ForwardOptions>,
  names: Record<string, readonly string[] | Promise<readonly string[]>> = {},
  reply?: Reply,
  { clock = systemClock, statedTimes = 'heeded' }: { clock?: Clock; statedTimes?: StatedTimes } = {},
) {
  const backend = await startRawBackend(reply)
  const log = recordingLog()
  const lines: Record<string, unknown>[] = []
  const lookups: string[] = []
  const world = {
    clock,
    random: seededRandom(1),
    log,
    writeLine: (line: string) => void lines.push(JSON.parse(line)),
  }
  const observer = requestObserver('all', { ...world, metrics: requestMetrics(createMetrics('ambassador', '0.0.0')) })
  const forwarding = {
    allow: allowList({ allow: ['*:*'], networks: ['127.0.0.0/8', '::1/128'], ...rules }),
    lookup: async (host: string) => {
      lookups.push(host)
      const found = await (names[host] ?? [host])
      if (found.length === 0) throw Object.assign(new Error('unknown'), { code: 'ENOTFOUND' })
      return found
    },
    connections: { limits, connectTimeoutMs: 1000, readBuffer: Buffer.alloc(65_536), scratch: new ScratchBuffer() },
    timeoutMs: 10_000,
    statedTimes,
  }
  const entry = requestEntry(
    'out',
    () => ({ kind: 'status', status: 204 }),
    { clock, observer, random: seededRandom(1), replayMemory: replayMemory(0) },
    forwarding,
  )
  const times = {
    readBuffer: Buffer.alloc(65_536),
    scratch: new ScratchBuffer(),
    headTimeoutMs: 10_000,
    idleTimeoutMs: 10_000,
    streamTimeoutMs: 60_000,
    drainDelayMs: 0,
    drainTimeoutMs: 0,
  }
  const target = { host: '127.0.0.1', port: 0 }
  const listener = new Listener(
    { label: 'out', target, limits, targets: 'forward', connectionsMax: 100, ...times },
    entry,
    { clock, log, shutUpstreams: () => undefined },
  )
  await listener.start()
  return {
    backend,
    lines,
    lookups,
    port: Number(String(log.lines[0]?.fields.address).split(':').at(-1)),
    [Symbol.asyncDispose]: async () => {
      await listener.stop(AbortSignal.abort())
      await backend[Symbol.asyncDispose]()
    },
  }
}

const get = (authority: string, path = '/a?b') =>
  `GET http://${authority}${path} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`
const connectTo = (authority: string) => `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`

describe('a whole URL', () => {
  it('is asked for at the address of its name, as a path', async () => {
    await using it = await proxy({}, { shop: ['127.0.0.1'] })
    const { text } = await rawExchange(it.port, get(`shop:${it.backend.port}`))
    expect(text).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*ok$/)
    expect(it.backend.received()).toBe(`GET /a?b HTTP/1.1\r\nHost: shop:${it.backend.port}\r\n\r\n`)
    expect(it.lookups).toEqual(['shop'])
  })

  it('may have a body and an answer with trailers, and be one of several on its connection', async () => {
    const reply = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-sum: 1\r\n\r\n'
    await using it = await proxy({}, { shop: ['127.0.0.1'] }, () => reply)
    const authority = `shop:${it.backend.port}`
    await using client = await openRawClient(it.port)
    client.write(
      `POST http://${authority}/ HTTP/1.1\r\nHost: ${authority}\r\nContent-Length: 5\r\n\r\nhello${get(authority)}`,
    )
    const text = await client.until(/x-sum: 1\r\n\r\n[\s\S]*x-sum: 1\r\n\r\n$/)
    expect(text.match(/200 OK/g)).toHaveLength(2)
    expect(it.backend.received()).toMatch(/\r\n\r\nhelloGET \/a\?b/)
  })

  it('goes to the next address of its name when one does not accept the connection', async () => {
    await using it = await proxy({}, { shop: ['127.0.0.2', '127.0.0.1'] })
    expect((await rawExchange(it.port, get(`shop:${it.backend.port}`))).text).toMatch(/^HTTP\/1\.1 200/)
    expect(it.lines[0]).toMatchObject({ attempts: [{ error: 'connect_refused' }, { status: 200 }] })
  })

  it('of a name that nobody knows is 503', async () => {
    await using it = await proxy({}, { nobody: [] })
    const { text } = await rawExchange(it.port, get('nobody:80'))
    expect(text).toMatch(/^HTTP\/1\.1 503[\s\S]*PM2102[\s\S]*ENOTFOUND/)
  })
})

describe('when the time for a request is over and its body has not come', () => {
  const put = (authority: string) =>
    `PUT http://${authority}/ HTTP/1.1\r\nHost: ${authority}\r\nContent-Length: 10\r\n\r\nhello`

  it.each([
    { body: '', status: 408, code: 'PM2013', flag: 'DPE', error: 'cancelled' },
    { body: 'world', status: 504, code: 'PM2107', flag: 'UT', error: 'timeout' },
  ])('says whose fault it is: $status after hello$body', async ({ body, status, code, flag, error }) => {
    const clock = fakeClock()
    await using it = await proxy({}, { shop: ['127.0.0.1'] }, () => undefined, { clock })
    await using client = await openRawClient(it.port)
    client.write(put(`shop:${it.backend.port}`) + body)
    while (!it.backend.received().endsWith(`hello${body}`)) await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(10_000)
    expect(await client.until(/\}\n$/)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*${code}`))
    expect(it.lines).toMatchObject([{ status, code, flags: [flag], attempts: [{ error }] }])
  })
})

it('cuts what is in progress when the time of the drain is over, and says so', async () => {
  await using it = await proxy({}, { shop: ['127.0.0.1'] }, () => undefined)
  await using client = await openRawClient(it.port)
  client.write(get(`shop:${it.backend.port}`))
  while (it.backend.heads.length === 0) await new Promise((resolve) => setImmediate(resolve))
  await it[Symbol.asyncDispose]()
  expect(await client.closed).toBe('reset')
  expect(it.lines).toMatchObject([{ status: 0, flags: ['DE'], attempts: [{ error: 'cancelled' }] }])
})

describe('CONNECT', () => {
  it('opens a tunnel, takes along what the client has sent too early, and passes on who closes', async () => {
    await using it = await proxy({}, { shop: ['127.0.0.1'] }, (head) => (head.startsWith('HELLO') ? 'hi' : undefined))
    await using client = await openRawClient(it.port)
    client.write(`${connectTo(`shop:${it.backend.port}`)}HELLO / HTTP/1.1\r\n\r\n`)
    expect(await client.until(/hi$/)).toBe('HTTP/1.1 200 Connection established\r\n\r\nhi')
    expect(it.backend.received()).toBe('HELLO / HTTP/1.1\r\n\r\n')
    client.socket.end()
    expect(await client.closed).toBe('closed')
    expect(it.lines).toMatchObject([{ method: 'CONNECT', status: 200, attempts: [{ status: 200 }] }])
  })

  it('to a place that accepts no connection is 502, and the connection is closed', async () => {
    await using it = await proxy({})
    const { text, ending } = await rawExchange(it.port, `${connectTo('127.0.0.1:1')}${get('127.0.0.1:1')}`)
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 502'])
    expect(ending).toBe('closed')
  })
})

/** Each with the backend's port; nothing may reach the backend, which listens on 127.0.0.1. */
describe.each([
  { form: 'a URL', write: get },
  { form: 'CONNECT', write: connectTo },
])('is refused with 403 as $form, and no connection is made', ({ write }) => {
  it.each<{ what: string; host: string; rules?: Partial<ForwardOptions>; names?: Record<string, readonly string[]> }>([
    { what: 'a host that is not allowed', host: 'shop', rules: { allow: ['other:*'] } },
    { what: 'a port that is not allowed', host: 'shop', rules: { allow: ['shop:1'] } },
    { what: 'loopback', host: '127.0.0.1', rules: { networks: [] } },
    { what: 'loopback as an IPv4 address in IPv6', host: '[::ffff:127.0.0.1]', rules: { networks: [] } },
    { what: 'loopback as hexadecimal digits in IPv6', host: '[::ffff:7f00:1]', rules: { networks: [] } },
    { what: 'loopback as one number', host: '2130706433' },
    { what: 'loopback in hexadecimal', host: '0x7f000001' },
    { what: 'loopback in octal', host: '0177.0.0.1' },
    { what: 'loopback in short', host: '127.1' },
    { what: 'a name that leads to loopback', host: 'shop', rules: { networks: [] }, names: { shop: ['127.0.0.1'] } },
    {
      what: 'a name that leads to metadata',
      host: 'shop',
      rules: { networks: [] },
      names: { shop: ['169.254.169.254'] },
    },
    {
      what: 'a name outside the networks',
      host: 'shop',
      rules: { networks: ['10.0.0.0/8'] },
      names: { shop: ['127.0.0.1'] },
    },
  ])('$what', async ({ host, rules = {}, names = {} }) => {
    await using it = await proxy(rules, names)
    const { text, ending } = await rawExchange(it.port, write(`${host}:${it.backend.port}`))
    expect(text).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n[\s\S]*"code":"PM2015"/)
    expect(ending).toBe('closed')
    expect(it.backend.connections()).toBe(0)
    expect(it.lines).toMatchObject([{ status: 403, flags: ['FD'] }])
  })
})

it('connects to the address that was checked, though the name leads elsewhere a moment later', async () => {
  const answers = [['127.0.0.1'], ['127.0.0.9']]
  const names: Record<string, readonly string[]> = {}
  Object.defineProperty(names, 'shop', { get: () => answers.shift() ?? [] })
  await using it = await proxy({ networks: ['127.0.0.1/32'] }, names)
  expect((await rawExchange(it.port, get(`shop:${it.backend.port}`))).text).toMatch(/^HTTP\/1\.1 200/)
  expect((await rawExchange(it.port, get(`shop:${it.backend.port}`))).text).toMatch(/^HTTP\/1\.1 403/)
  expect(it.backend.connections()).toBe(1)
})

it('passes over the addresses of a name that are not allowed', async () => {
  await using it = await proxy({ networks: ['127.0.0.1/32'] }, { shop: ['127.0.0.3', '127.0.0.1'] })
  expect((await rawExchange(it.port, get(`shop:${it.backend.port}`))).text).toMatch(/^HTTP\/1\.1 200/)
  expect(it.lines).toMatchObject([{ attempts: [{ status: 200 }] }])
})

it('serves paths by its routes as every listener does', async () => {
  await using it = await proxy({})
  expect((await rawExchange(it.port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')).text).toMatch(/^HTTP\/1\.1 204/)
})

describe('when the time for the whole request is over', () => {
  it('an event stream goes on: it has no end to wait for', async () => {
    const clock = fakeClock()
    const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n'
    await using it = await proxy({}, {}, () => head, { clock })
    await using client = await openRawClient(it.port)
    client.write(get(`127.0.0.1:${it.backend.port}`))
    await client.until(/data: 1/)
    await clock.advance(9999)
    it.backend.sockets[0]?.write('data: 2\n\n')
    await client.until(/data: 2/)
    await clock.advance(1)
    it.backend.sockets[0]?.write('data: 3\n\n')
    expect(await client.until(/data: 3/)).toContain('data: 3')
  })

  it('any other answer is broken off', async () => {
    const clock = fakeClock()
    await using it = await proxy({}, {}, () => 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nok', {
      clock,
    })
    await using client = await openRawClient(it.port)
    client.write(get(`127.0.0.1:${it.backend.port}`))
    await client.until(/ok$/)
    await clock.advance(9999)
    expect(it.lines).toEqual([])
    await clock.advance(1)
    expect(await client.closed).toBe('reset')
    expect(it.lines).toMatchObject([{ status: 200, flags: ['UT'] }])
  })
})

describe('a time that the caller states', () => {
  const stating = (authority: string) =>
    get(authority).replace('Host', 'X-Request-Timeout: 300ms\r\nX-Envoy-Upstream-Rq-Timeout-Ms: 400\r\nHost')

  it('is heeded and goes on as what is left of it, as without a forward proxy', async () => {
    const clock = fakeClock()
    let found = (): void => undefined
    const names = { shop: new Promise<readonly string[]>((resolve) => (found = () => resolve(['127.0.0.1']))) }
    await using it = await proxy({}, names, () => undefined, { clock })
    await using client = await openRawClient(it.port)
    client.write(stating(`shop:${it.backend.port}`))
    while (it.lookups.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(100)
    found()
    while (it.backend.heads.length === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(it.backend.heads[0]).toMatch(
      /\?b HTTP\/1\.1\r\nHost: .*\r\nx-request-timeout: 200ms\r\nx-envoy-expected-rq-timeout-ms: 200\r\n\r\n$/,
    )
    await clock.advance(200)
    expect(await client.until(/504[\s\S]*\}/)).toContain('podmates-error: PM2107\r\n')
    expect(it.lines).toMatchObject([{ status: 504, attempts: [{ error: 'timeout', ms: 200 }] }])
  })

  it('from other Pods is taken out and shortens nothing', async () => {
    const clock = fakeClock()
    await using it = await proxy({}, {}, () => undefined, { clock, statedTimes: 'removed' })
    await using client = await openRawClient(it.port)
    client.write(stating(`127.0.0.1:${it.backend.port}`))
    while (it.backend.heads.length === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(it.backend.received()).not.toMatch(/timeout/i)
    await clock.advance(9999)
    expect(it.lines).toEqual([])
  })
})

it('tells of an attempt that its client has given up how long it took', async () => {
  const clock = fakeClock()
  await using it = await proxy({}, {}, () => undefined, { clock })
  await using client = await openRawClient(it.port)
  client.write(get(`127.0.0.1:${it.backend.port}`))
  while (it.backend.heads.length === 0) await new Promise((resolve) => setImmediate(resolve))
  await clock.advance(70)
  client.socket.destroy()
  while (it.lines.length === 0) await new Promise((resolve) => setImmediate(resolve))
  expect(it.lines).toMatchObject([{ status: 499, flags: ['DC'], attempts: [{ error: 'cancelled', ms: 70 }] }])
})

it.each([
  { address: '127.0.0.1:0', times: 'heeded', ms: 300 },
  { address: '0.0.0.0:0', times: 'taken out', ms: 700 },
])('has forward.timeout at $address, and the times of callers are $times', async ({ address, ms }) => {
  await using backend = await startRawBackend(() => undefined)
  const clock = fakeClock()
  await using path = await startDataPath(
    `
listeners:
  out:
    address: "${address}"
    forward: { allow: ["*:*"], networks: ["127.0.0.0/8"], timeout: 700ms }
    routes: [{ status: 404 }]
upstreams: { app: { endpoints: ["127.0.0.1:1"], outlier: off } }
`,
    clock,
  )
  await using client = await openRawClient(path.port('out'))
  client.write(get(backend.address).replace('Host', 'x-request-timeout: 300ms\r\nHost'))
  while (backend.heads.length === 0) await new Promise((resolve) => setImmediate(resolve))
  await clock.advance(ms - 1)
  expect(path.requestCount()).toBe(0)
  await clock.advance(1)
  await client.until(/^HTTP\/1\.1 504/)
  expect(path.requests()).toMatchObject([{ upstream: 'forward', duration_ms: ms }])
})
