/** Clients that are slow, silent or too many: what they hold is bounded in time and number. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { createMetrics } from '@podmates/shared/metrics/metrics.ts'
import { type FakeClock, fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { recordingLog } from '@podmates/shared/testing/recording-log.ts'
import { seededRandom } from '@podmates/shared/world/random.ts'
import { describe, expect, it } from 'vitest'
import { ScratchBuffer } from '../http1/scratch-buffer.ts'
import { requestMetrics } from '../observe/request-metrics.ts'
import { requestObserver } from '../observe/request-observer.ts'
import { replayMemory } from '../resilience/replay-memory.ts'
import { startDataPath } from '../testdata/data-path.ts'
import { startRawBackend } from '../testdata/raw-backend.ts'
import { openRawClient } from '../testdata/raw-client.ts'
import { Listener } from './listener.ts'
import { requestEntry } from './request-entry.ts'

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const hour = 3_600_000

const config = (endpoint: string, timeout = '24h') => `
listeners: { app: { address: "127.0.0.1:0", routes: [{ upstream: app, timeout: ${timeout} }] } }
upstreams: { app: { endpoints: ["${endpoint}"] } }
`

describe('an idle connection', () => {
  it('is closed after an hour without a request, before its first one and after any other', async () => {
    await using backend = await startRawBackend()
    const clock = fakeClock()
    await using path = await startDataPath(config(backend.address), clock)
    await using silent = await openRawClient(path.port('app'))
    await using client = await openRawClient(path.port('app'))
    await accepted(clock, 2)
    await clock.advance(1000)
    client.write(get)
    await client.until(/ok$/)
    await clock.advance(hour - 1001)
    expect(silent.socket.destroyed).toBe(false)
    await clock.advance(1)
    await silent.closed
    client.write(get)
    await client.until(/ok[\s\S]*ok$/)
    await clock.advance(hour - 1)
    expect(client.socket.destroyed).toBe(false)
    await clock.advance(1)
    await client.closed
  })
})

describe('a body', () => {
  it('of which nothing comes for 5 minutes is refused, and does not go on at the upstream', async () => {
    await using backend = await startRawBackend(() => undefined)
    const clock = fakeClock()
    await using path = await startDataPath(config(backend.address), clock)
    await using client = await openRawClient(path.port('app'))
    client.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
    await until(() => backend.received().includes('hello'))
    const dropped = once(backend.sockets[0] as never, 'close')
    await clock.advance(200_000)
    client.write('1\r\n!\r\n')
    await until(() => backend.received().includes('!'))
    await clock.advance(299_999)
    expect(client.received()).not.toContain('408')
    await clock.advance(1)
    await dropped
    expect(await client.until(/\}/)).toMatch(/408 Request Timeout[\s\S]*podmates-error: PM2013/)
    expect(path.requests()).toMatchObject([{ status: 408, code: 'PM2013' }])
  })
})

describe('an answer', () => {
  it('in which nothing moves for 5 minutes is broken off, and no sooner', async () => {
    await using backend = await startRawBackend(() => 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n')
    const clock = fakeClock()
    await using path = await startDataPath(config(backend.address), clock)
    await using client = await openRawClient(path.port('app'))
    client.write(get)
    await client.until(/a\r\n$/)
    await clock.advance(299_999)
    backend.sockets[0]?.write('1\r\nb\r\n')
    await client.until(/b\r\n$/)
    await clock.advance(299_999)
    expect(client.socket.destroyed).toBe(false)
    await clock.advance(1)
    expect(await client.closed).toBe('reset')
    expect(path.requests()).toMatchObject([{ status: 200, flags: ['SI'], code: 'PM2016' }])
  })

  it('that the upstream takes long for is no stream, and waits for the time of its route', async () => {
    await using backend = await startRawBackend(() => undefined)
    const clock = fakeClock()
    await using path = await startDataPath(config(backend.address), clock)
    await using client = await openRawClient(path.port('app'))
    client.write(get)
    await until(() => backend.heads.length === 1)
    await clock.advance(hour)
    backend.sockets[0]?.write('HTTP/1.1 204 No Content\r\n\r\n')
    await client.until(/204/)
  })

  it('that the client does not read is dropped after 5 minutes, though the upstream has sent all of it', async () => {
    const bytes = 24 * 1024 * 1024
    await using backend = await startRawBackend((_head, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${bytes}\r\n\r\n`)
      socket.write(Buffer.alloc(bytes))
      return undefined
    })
    const clock = fakeClock()
    await using path = await startDataPath(config(backend.address), clock)
    await using client = await openRawClient(path.port('app'))
    client.socket.pause()
    client.write(get)
    await until(() => backend.heads.length === 1)
    for (let still = 0; still < 500; still += 1) await turn()
    await clock.advance(600_000)
    await until(() => path.requests().length === 1)
    expect(path.requests()).toMatchObject([{ status: 200, flags: ['SI'] }])
  })
})

describe('a listener that is full', () => {
  it('answers 503 to one connection more and closes it, counts those it cannot even answer, and recovers', async () => {
    const clock = fakeClock()
    const it = await startFull({ connectionsMax: 2, clock })
    const first = await openRawClient(it.port)
    await using second = await openRawClient(it.port)
    await accepted(clock, 2)
    await using third = await openRawClient(it.port)
    expect(await third.closed).toBe('closed')
    expect(third.received()).toMatch(
      /^HTTP\/1\.1 503 Service Unavailable\r\n[\s\S]*podmates-error: PM2014\r\n[\s\S]*connection: close/,
    )
    expect(it.listener.refused).toBe(1)
    expect(it.lines, 'no request was read').toEqual([])
    expect(it.log.lines.at(-1)).toMatchObject({
      level: 'warn',
      fields: { listener: 'app', connections: 2, code: 'PM2014' },
    })
    first.socket.destroy()
    await until(() => it.listener.connections === 1)
    await using fourth = await openRawClient(it.port)
    fourth.write(get)
    second.write(get)
    await fourth.until(/204/)
    await second.until(/204/)
    await it.listener.stop(AbortSignal.abort())
  })

  it('serves the next one as soon as there is a place, however many refused ones do not go', async () => {
    const clock = fakeClock()
    const it = await startFull({ connectionsMax: 1, clock })
    const first = await openRawClient(it.port)
    await accepted(clock, 1)
    // Stays open on its side, so that its refusal lingers.
    const stays = connect({ port: it.port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => undefined)
    await until(() => it.listener.refused === 1)
    first.socket.destroy()
    await until(() => it.listener.connections === 1)
    await using next = await openRawClient(it.port)
    next.write(get)
    await next.until(/204/)
    stays.destroy()
    await it.listener.stop(AbortSignal.abort())
  })

  it('drops connections that come while a hundred refusals are still on their way', async () => {
    const clock = fakeClock()
    const it = await startFull({ connectionsMax: 1, clock })
    // They do not close when the listener does, so that it has to linger.
    const options = { port: it.port, host: '127.0.0.1', allowHalfOpen: true }
    const clients = Array.from({ length: 111 }, () => connect(options).on('error', () => undefined))
    await until(() => it.listener.dropped === 10)
    expect(it.listener.connections).toBeLessThanOrEqual(101)
    expect(it.listener.refused).toBe(100)
    const told = () =>
      it.log.lines.filter(({ fields }) => fields.code === 'PM2014').map(({ fields }) => fields.repeated)
    expect(told(), 'one line for all').toEqual([undefined])
    await clock.advance(10_000)
    expect(told()).toEqual([undefined, 109])
    for (const client of clients) client.destroy()
    await it.listener.stop(AbortSignal.abort())
  })
})

async function startFull({ connectionsMax, clock }: { connectionsMax: number; clock: FakeClock }) {
  const log = recordingLog()
  const lines: Record<string, unknown>[] = []
  const writeLine = (line: string): void => void lines.push(JSON.parse(line))
  const metrics = requestMetrics(createMetrics('ambassador', '0.0.0'))
  const observer = requestObserver('errors', { clock, random: seededRandom(1), log, writeLine, metrics })
  const entry = requestEntry('app', () => ({ kind: 'status', status: 204 }), {
    clock,
    observer,
    random: seededRandom(1),
    replayMemory: replayMemory(0),
  })
  const limits = { headBytesMax: 32_768, headersMax: 100, targetBytesMax: 8192 }
  const times = { headTimeoutMs: 10_000, idleTimeoutMs: hour, streamTimeoutMs: 300_000 }
  const drain = { drainDelayMs: 0, drainTimeoutMs: 0, readBuffer: Buffer.alloc(65_536), scratch: new ScratchBuffer() }
  const target = { host: '127.0.0.1', port: 0 }
  const options = { label: 'app', target, limits, targets: 'paths' as const, connectionsMax, ...times, ...drain }
  const listener = new Listener(options, entry, { clock, log, shutUpstreams: () => undefined })
  await listener.start()
  return { listener, lines, log, port: Number(String(log.lines[0]?.fields.address).split(':').at(-1)) }
}

/** So many connections are open at the listener: each has one timer. */
async function accepted(clock: FakeClock, connections: number): Promise<void> {
  await until(() => clock.pending() >= connections)
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn()
}
