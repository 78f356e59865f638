/** Connections that change to another protocol: from then on the bytes of both sides pass as they are. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import type { Clock } from '@podmates/shared/world/clock.ts'
import { describe, expect, it } from 'vitest'
import { startDataPath } from '../testdata/data-path.ts'
import { pour, stalled } from '../testdata/flow.ts'
import { type Reply, startRawBackend } from '../testdata/raw-backend.ts'
import { openRawClient, rawExchange } from '../testdata/raw-client.ts'

const ask = 'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n'
const switched =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s\r\n\r\n'

async function between(reply: Reply, clock?: Clock) {
  const backend = await startRawBackend(reply)
  const path = await startDataPath(
    `
listeners: { app: { address: "127.0.0.1:0", upstream: app } }
upstreams: { app: { endpoints: ["${backend.address}"] } }
log: { access: all }
`,
    clock,
  )
  return {
    backend,
    path,
    port: path.port('app'),
    [Symbol.asyncDispose]: async () => {
      await path.stop()
      await backend[Symbol.asyncDispose]()
    },
  }
}

/** Opens a tunnel and returns both its ends. */
async function openTunnel(pair: Awaited<ReturnType<typeof between>>) {
  const client = await openRawClient(pair.port)
  client.write(ask)
  await client.until(/\r\n\r\n$/)
  const upstream = pair.backend.sockets[0] as Socket
  upstream.allowHalfOpen = true
  return { client, upstream }
}

describe('an upgrade', () => {
  it('is offered to the upstream and accepted by it, and then bytes pass both ways', async () => {
    await using pair = await between(() => switched)
    const { client, upstream } = await openTunnel(pair)
    expect(pair.backend.received()).toBe(
      'GET /chat HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key: k\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
    )
    expect(client.received()).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
    )
    client.write('\x81\x02hi GET / HTTP/1.1\r\n\r\n')
    upstream.write('\x81\x02yo\x00\xff', 'latin1')
    await client.until(/yo\0\xff$/)
    while (!pair.backend.received().endsWith('\x81\x02hi GET / HTTP/1.1\r\n\r\n')) await turn()
    await client[Symbol.asyncDispose]()
  })

  it('takes along what either side has sent right behind its head', async () => {
    await using pair = await between(() => `${switched}first`)
    await using client = await openRawClient(pair.port)
    client.write(`${ask}early`)
    await client.until(/\r\n\r\nfirst$/)
    while (!pair.backend.received().endsWith('\r\n\r\nearly')) await turn()
    expect(pair.backend.heads).toHaveLength(1)
  })

  it.each([
    {
      what: '200',
      reply: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok',
      received: /^HTTP\/1\.1 200 OK\r\n[\s\S]*ok$/,
    },
    {
      what: '426, and says what it would rather speak',
      reply: 'HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: Upgrade\r\ncontent-length: 0\r\n\r\n',
      received:
        /^HTTP\/1\.1 426 Upgrade Required\r\ncontent-length: 0\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n$/,
    },
  ])('that the upstream answers with $what leaves the connection to HTTP', async ({ reply, received }) => {
    await using pair = await between(() => reply)
    await using client = await openRawClient(pair.port)
    client.write(ask)
    await client.until(received)
    client.write('GET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(await client.closed).toBe('closed')
    expect(pair.backend.heads).toHaveLength(2)
    expect(pair.backend.connections()).toBe(1)
  })

  it.each([
    { what: 'to another protocol', reply: switched.replace('Upgrade: websocket', 'Upgrade: chat') },
    { what: 'without naming a protocol', reply: 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n' },
    {
      what: 'without saying so to the connection',
      reply: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n',
    },
  ])('$what is 502, and opens nothing', async ({ reply }) => {
    await using pair = await between(() => reply)
    const { text } = await rawExchange(pair.port, ask)
    expect(text).toMatch(/^HTTP\/1\.1 502 /)
  })

  it('to h2c is not offered, so that no request passes unseen', async () => {
    await using pair = await between(
      () => 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n',
    )
    const { text } = await rawExchange(pair.port, ask.replace('websocket', 'h2c'))
    expect(text).toMatch(/^HTTP\/1\.1 502 /)
    expect(pair.backend.received()).not.toMatch(/h2c|upgrade/i)
  })
})

describe('a tunnel', () => {
  it('passes on that the client has closed its side, and what the upstream says after that', async () => {
    await using pair = await between(() => switched)
    const { client, upstream } = await openTunnel(pair)
    const ended = once(upstream, 'end')
    client.socket.end('bye')
    await ended
    upstream.end('last words')
    expect(await client.closed).toBe('closed')
    expect(client.received()).toMatch(/last words$/)
    expect(pair.backend.received()).toMatch(/bye$/)
    await until(() => pair.path.requests().length === 1)
    expect(pair.path.requests()[0]).toMatchObject({ status: 101 })
    expect(pair.path.requests()[0]).not.toHaveProperty('flags')
  })

  it('passes on that the upstream has closed its side, and what the client says after that', async () => {
    await using pair = await between(() => switched)
    const { client, upstream } = await openTunnel(pair)
    client.socket.removeAllListeners('end')
    const ended = once(client.socket, 'end')
    upstream.end('last words')
    await ended
    client.socket.end('bye')
    expect(await client.closed).toBe('closed')
    await until(() => pair.backend.received().endsWith('bye'))
  })

  it.each(['client', 'upstream'] as const)('is broken off at the other side when the %s breaks it off', async (who) => {
    await using pair = await between(() => switched)
    const { client, upstream } = await openTunnel(pair)
    const reset = new Promise((resolve) => upstream.once('error', resolve))
    if (who === 'client') {
      client.socket.resetAndDestroy()
      await reset
    } else {
      upstream.resetAndDestroy()
      expect(await client.closed).toBe('reset')
    }
    await until(() => pair.path.requests().length === 1)
    expect(pair.path.requests()).toMatchObject([{ status: 101, flags: [who === 'client' ? 'DC' : 'UR'] }])
  })

  const bytes = 32 * 1024 * 1024

  it('holds the client up when the upstream does not read, and loses nothing', async () => {
    await using pair = await between(() => switched)
    const { client, upstream } = await openTunnel(pair)
    const before = pair.backend.receivedBytes()
    upstream.pause()
    const sent = pour(bytes, client.socket)
    await stalled(() => sent.bytes)
    expect(sent.bytes).toBeLessThan(bytes / 2)
    upstream.resume()
    await until(() => pair.backend.receivedBytes() - before === bytes)
    client.socket.resetAndDestroy()
  })

  it('holds the upstream up when the client does not read, and loses nothing', async () => {
    await using pair = await between(() => switched)
    const { client, upstream } = await openTunnel(pair)
    let received = 0
    client.socket.removeAllListeners('data')
    client.socket.pause()
    const sent = pour(bytes, upstream)
    await stalled(() => sent.bytes)
    expect(sent.bytes).toBeLessThan(bytes / 2)
    client.socket.on('data', (data: Buffer) => {
      received += data.length
    })
    client.socket.resume()
    await until(() => received === bytes)
    client.socket.resetAndDestroy()
  })

  it('is not cut by the time for a request, and ends when nothing has moved for 5 minutes', async () => {
    const clock = fakeClock()
    await using pair = await between(() => switched, clock)
    const { client, upstream } = await openTunnel(pair)
    await clock.advance(299_000)
    upstream.write('ping')
    await client.until(/ping$/)
    await clock.advance(299_999)
    expect(pair.path.requests()).toEqual([])
    await clock.advance(1)
    expect(await client.closed).toBe('reset')
    expect(pair.path.requests()).toMatchObject([{ status: 101, flags: ['SI'], code: 'PM2016' }])
  })

  it('of a WebSocket is closed with 1001 when the time of the drain is over, so that the client connects anew', async () => {
    await using pair = await between(() => switched)
    const { client, upstream } = await openTunnel(pair)
    upstream.write('\x81\x02yo', 'latin1')
    await client.until(/yo$/)
    await pair.path.stop()
    expect(await client.closed).toBe('closed')
    expect(client.received().endsWith('\x81\x02yo\x88\x02\x03\xe9')).toBe(true)
    expect(pair.path.requests()).toMatchObject([{ status: 101, flags: ['DE'], code: 'PM2017', response_bytes: 4 }])
  })

  it('of a WebSocket in which a frame is half sent is reset then: a close frame would be taken for the rest of it', async () => {
    await using pair = await between(() => switched)
    const { client, upstream } = await openTunnel(pair)
    upstream.write('\x81\x05yo', 'latin1')
    await client.until(/yo$/)
    await pair.path.stop()
    expect(await client.closed).toBe('reset')
    expect(client.received()).toMatch(/yo$/)
  })

  it('of a WebSocket whose client does not read is reset then', async () => {
    await using pair = await between(() => switched)
    const { client, upstream } = await openTunnel(pair)
    client.socket.pause()
    // Empty messages: wherever it is stopped, a frame ends there.
    const messages = Buffer.alloc(64 * 1024).map((_, at) => (at % 2 === 0 ? 0x82 : 0))
    for (let block = 0; block < 400; block += 1) upstream.write(messages)
    await stalled(() => upstream.writableLength)
    await pair.path.stop()
    client.socket.resume()
    expect(await client.closed).toBe('reset')
    expect(pair.path.requests()).toMatchObject([{ status: 101, flags: ['DE'] }])
  })

  it('of another protocol is cut when the time of the drain is over, and the log does not blame the client', async () => {
    await using pair = await between(() => switched.replace('websocket', 'echo'))
    await using client = await openRawClient(pair.port)
    client.write(ask.replace('websocket', 'echo'))
    await client.until(/\r\n\r\n$/)
    await pair.path.stop()
    expect(await client.closed).toBe('reset')
    expect(pair.path.requests()).toMatchObject([{ status: 101, flags: ['DE'], code: 'PM2017' }])
  })
})

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn()
}
