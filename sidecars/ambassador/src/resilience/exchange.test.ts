/** What becomes of a request when something fails, with the exact number of requests at each endpoint. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { describe, expect, it } from 'vitest'
import { startDataPath } from '../testdata/data-path.ts'
import { arrived, get, post, problemOf, refusingAddress, startOneRoute } from '../testdata/one-route.ts'
import { startRawBackend } from '../testdata/raw-backend.ts'
import { openRawClient, rawExchange } from '../testdata/raw-client.ts'

describe('when an endpoint refuses the connection', () => {
  it('sends the request to another one, body and all, whatever its method', async () => {
    const refusing = await refusingAddress()
    await using backend = await startRawBackend()
    await using path = await startOneRoute([refusing, backend.address])
    for (let index = 0; index < 4; index += 1) {
      expect((await rawExchange(path.port('app'), post)).text).toMatch(/^HTTP\/1\.1 200/)
    }
    expect(backend.heads).toHaveLength(4)
    expect(backend.received().match(/hello/g)).toHaveLength(4)
    const retried = path.requests()
    expect(retried).toHaveLength(2)
    expect(retried[0]).toMatchObject({
      status: 200,
      attempts: [
        { endpoint: refusing, error: 'connect_refused', reused: false },
        { endpoint: backend.address, status: 200 },
      ],
    })
    expect(await path.metric('retries_total{upstream="app",outcome="success"}')).toBe(2)
  })

  it('answers 502 when there is no other', async () => {
    const refusing = await refusingAddress()
    await using path = await startOneRoute([refusing])
    const { text } = await rawExchange(path.port('app'), get)
    expect(text).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/)
    expect(problemOf(text)).toMatchObject({
      code: 'PM2103',
      upstream: 'app',
      attempts: Array(3).fill({ endpoint: refusing, error: 'connect_refused' }),
      notRetried: '3 attempts were made',
    })
    expect(path.requests()).toMatchObject([{ status: 502, flags: ['URX', 'UF'], code: 'PM2103' }])
  })

  it('tries three of four, not all', async () => {
    const refusing = [
      await refusingAddress(),
      await refusingAddress(),
      await refusingAddress(),
      await refusingAddress(),
    ]
    await using path = await startOneRoute(refusing)
    const { text } = await rawExchange(path.port('app'), get)
    expect(problemOf(text)).toMatchObject({ code: 'PM2103', notRetried: '3 attempts were made' })
    const [{ attempts } = { attempts: [] }] = path.requests() as { attempts: { endpoint: string }[] }[]
    expect(new Set(attempts.map(({ endpoint }) => endpoint)).size).toBe(3)
    expect(await path.metric('retries_total{upstream="app",outcome="exhausted"}')).toBe(2)
    expect(await path.metric('retries_refused_total{upstream="app",reason="attempts"}')).toBe(1)
  })
})

it('tries another endpoint when one does not accept the connection in time', async () => {
  await using full = await startFullBackend()
  await using backend = await startRawBackend()
  const clock = fakeClock()
  await using path = await startOneRoute([full.address, backend.address], clock)
  const answers = [rawExchange(path.port('app'), get), rawExchange(path.port('app'), get)]
  await arrived(backend, 1)
  await clock.advance(999)
  expect(backend.heads).toHaveLength(1)
  await clock.advance(1)
  for (const { text } of await Promise.all(answers)) expect(text).toMatch(/^HTTP\/1\.1 200/)
  expect(path.requests()).toMatchObject([{ attempts: [{ error: 'connect_timeout', ms: 1000 }, { status: 200 }] }])
})

it('sends even a POST to another endpoint when the time of the attempt ends before there is a connection', async () => {
  await using full = await startFullBackend()
  await using backend = await startRawBackend()
  const clock = fakeClock()
  await using path = await startOneRoute([full.address, backend.address], clock, { route: 'retry: { perTry: 300ms }' })
  const answers = [rawExchange(path.port('app'), post), rawExchange(path.port('app'), post)]
  await arrived(backend, 1)
  await clock.advance(300)
  for (const { text } of await Promise.all(answers)) expect(text).toMatch(/^HTTP\/1\.1 200/)
  expect(path.requests()).toMatchObject([
    { attempts: [{ error: 'connect_timeout', class: 'SAFE', ms: 300 }, { status: 200 }] },
  ])
})

/** Accepts no connection: its queue is full, and the process that should empty it stands still. */
async function startFullBackend(): Promise<{ address: string } & AsyncDisposable> {
  const program = `require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () { console.log(this.address().port) })`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(child.stdout, 'data')
  const port = Number(String(line))
  child.kill('SIGSTOP')
  const fillers = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => undefined))
  await Promise.race(fillers.map((filler) => once(filler, 'connect')))
  await Promise.race(fillers.slice(1).map((filler) => once(filler, 'connect')))
  return {
    address: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      for (const filler of fillers) filler.destroy()
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

describe('when a connection is closed before the answer', () => {
  /** Answers the first request of each connection and closes it at the second, as a server does that was just idle for too long. */
  const closesSecond = () => {
    const seen = new Set<unknown>()
    return startRawBackend((_head, socket) => {
      if (!seen.has(socket)) {
        seen.add(socket)
        return 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
      }
      socket.end()
      return undefined
    })
  }

  it('sends a GET again on a fresh connection, when the connection had been idle', async () => {
    await using backend = await closesSecond()
    await using path = await startOneRoute([backend.address], undefined, { upstream: 'breaker: { consecutive: 1 }' })
    await rawExchange(path.port('app'), get)
    const { text } = await rawExchange(path.port('app'), get)
    expect(text).toMatch(/^HTTP\/1\.1 200/)
    expect(backend.heads).toHaveLength(3)
    expect(await path.metric('stale_connections_total{upstream="app"}')).toBe(1)
    expect(await path.metric('endpoints{upstream="app",state="healthy"}')).toBe(1)
    expect(path.requests()).toMatchObject([
      {
        flags: ['SC'],
        attempts: [
          { error: 'closed', reused: true },
          { status: 200, reused: false },
        ],
      },
    ])
  })

  it('stays with the endpoint: its connection was at fault', async () => {
    await using one = await closesSecond()
    await using two = await closesSecond()
    await using path = await startOneRoute([one.address, two.address], undefined, {
      upstream: 'balancer: { hash: { header: x-user } }',
    })
    const keyed = get.replace('Host: a', 'Host: a\r\nX-User: 1')
    for (let sent = 0; sent < 2; sent += 1) await rawExchange(path.port('app'), keyed)
    expect([one.heads.length, two.heads.length].toSorted()).toEqual([0, 3])
  })

  it('does not send a POST again: it may have been processed', async () => {
    await using backend = await closesSecond()
    await using path = await startOneRoute([backend.address])
    await rawExchange(path.port('app'), post)
    const { text } = await rawExchange(path.port('app'), post)
    expect(problemOf(text)).toMatchObject({
      status: 502,
      code: 'PM2104',
      notRetried: 'the request may have been processed, and POST is not idempotent',
    })
    expect(backend.heads).toHaveLength(2)
  })

  it('sends a GET to another endpoint, and a POST to none', async () => {
    await using backend = await startRawBackend((_head, socket) => {
      socket.end()
      return undefined
    })
    await using other = await startRawBackend()
    await using path = await startOneRoute([backend.address, other.address])
    for (let count = 0; count < 4; count += 1) {
      expect((await rawExchange(path.port('app'), get)).text).toMatch(/^HTTP\/1\.1 200/)
    }
    const texts = [await rawExchange(path.port('app'), post), await rawExchange(path.port('app'), post)]
    expect(texts.map(({ text }) => text.slice(9, 12)).toSorted()).toEqual(['200', '502'])
    expect(backend.heads.length + other.heads.length).toBe(
      4 + backend.heads.filter((head) => head.startsWith('GET')).length + 2,
    )
    expect(backend.heads.filter((head) => head.startsWith('POST'))).toHaveLength(1)
  })

  it('says so when it was reset', async () => {
    await using backend = await startRawBackend((_head, socket) => {
      socket.resetAndDestroy()
      return undefined
    })
    await using path = await startOneRoute([backend.address])
    const { text } = await rawExchange(path.port('app'), get)
    expect(problemOf(text)).toMatchObject({ status: 502, code: 'PM2105' })
  })
})

describe('when the answer breaks off', () => {
  it.each([
    { what: 'with a length', head: 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello' },
    { what: 'in chunks', head: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n' },
  ])('breaks off the client, so that it does not take the part for the whole, $what', async ({ head }) => {
    await using backend = await startRawBackend((_head, socket) => {
      socket.end(head)
      return undefined
    })
    await using path = await startOneRoute([backend.address])
    await using client = await openRawClient(path.port('app'))
    client.write(get)
    expect(await client.closed).toBe('reset')
    expect(client.received()).not.toMatch(/\r\n0\r\n\r\n$/)
    expect(path.requests()).toMatchObject([{ status: 200, flags: ['UC'], code: 'PM2104' }])
  })

  it('does the same when a chunk is malformed', async () => {
    await using backend = await startRawBackend(
      () => 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello!!\r\n0\r\n\r\n',
    )
    await using path = await startOneRoute([backend.address])
    await using client = await openRawClient(path.port('app'))
    client.write(get)
    expect(await client.closed).toBe('reset')
    expect(path.requests()).toMatchObject([{ flags: ['UPE'], code: 'PM2106' }])
  })
})

describe('when the answer is not valid HTTP', () => {
  it.each([
    {
      what: 'both ways of framing',
      reply: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\nok',
    },
    { what: 'two lengths', reply: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nok' },
    { what: 'a split head', reply: 'HTTP/1.1 200 OK\r\nx: a\n\r\n\r\n' },
    { what: 'a protocol that nobody asked for', reply: 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n' },
    { what: 'no HTTP', reply: '-ERR unknown command\r\n\r\n' },
    { what: 'too large a head', reply: `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(40_000)}\r\n\r\n` },
  ])('answers 502: $what', async ({ reply }) => {
    await using backend = await startRawBackend(() => reply)
    await using path = await startOneRoute([backend.address])
    const { text } = await rawExchange(path.port('app'), get)
    expect(text).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/)
    expect(problemOf(text)).toMatchObject({ code: 'PM2106' })
    expect(backend.heads).toHaveLength(1)
  })
})

describe('when the time is over', () => {
  it('answers 504 and drops the connection, when there was no answer yet', async () => {
    await using backend = await startRawBackend(() => undefined)
    const clock = fakeClock()
    await using path = await startOneRoute([backend.address], clock)
    const answer = rawExchange(path.port('app'), get)
    await arrived(backend, 1)
    const dropped = once(backend.sockets[0] as never, 'close')
    await clock.advance(14_999)
    expect(path.requests()).toEqual([])
    await clock.advance(1)
    expect(problemOf((await answer).text)).toMatchObject({ status: 504, code: 'PM2107' })
    await dropped
    expect(path.requests()).toMatchObject([{ status: 504, flags: ['UT'], duration_ms: 15_000 }])
  })

  it('breaks the answer off when it had begun', async () => {
    await using backend = await startRawBackend(() => 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello')
    const clock = fakeClock()
    await using path = await startOneRoute([backend.address], clock)
    await using client = await openRawClient(path.port('app'))
    client.write(get)
    await client.until(/hello$/)
    await clock.advance(15_000)
    expect(await client.closed).toBe('reset')
    expect(path.requests()).toMatchObject([{ status: 200, flags: ['UT'], code: 'PM2107' }])
  })

  it('leaves no timer behind when all went well', async () => {
    await using backend = await startRawBackend(
      () => 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok',
    )
    const clock = fakeClock()
    await using path = await startOneRoute([backend.address], clock)
    await using client = await openRawClient(path.port('app'))
    client.write(get)
    await client.until(/ok$/)
    // The one that the client's connection has for its whole life.
    expect(clock.pending()).toBe(1)
  })
})

it('drops the request at the endpoint when the client has gone', async () => {
  await using backend = await startRawBackend(() => undefined)
  await using path = await startOneRoute([backend.address])
  const client = await openRawClient(path.port('app'))
  client.write(get)
  await arrived(backend, 1)
  const dropped = once(backend.sockets[0] as never, 'close')
  client.socket.resetAndDestroy()
  await dropped
  expect(path.requests()).toMatchObject([{ status: 499, flags: ['DC'] }])
})

it('accounts for a request that is cut when the time of the drain is over', async () => {
  await using backend = await startRawBackend(() => undefined)
  const clock = fakeClock()
  const path = await startOneRoute([backend.address], clock)
  await using client = await openRawClient(path.port('app'))
  client.write(get)
  await arrived(backend, 1)
  const dropped = once(backend.sockets[0] as never, 'close')
  await path.stop()
  await dropped
  expect(await client.closed).toBe('reset')
  expect(path.requests()).toMatchObject([
    { status: 0, flags: ['DE'], code: 'PM2017', attempts: [{ error: 'cancelled' }] },
  ])
  expect(await path.metric('upstream_attempts{upstream="app"}')).toBe(0)
  const labels = 'listener="app",upstream="app",status="none",flag="DE",code="PM2017"'
  expect(await path.metric(`requests_total{${labels}}`)).toBe(1)
})

it('says of an answer that is cut when the time of the drain is over that it had begun', async () => {
  await using backend = await startRawBackend(() => 'HTTP/1.1 200 Any\r\ncontent-length: 9\r\n\r\nhalf')
  const path = await startOneRoute([backend.address], fakeClock())
  await using client = await openRawClient(path.port('app'))
  client.write(get)
  await client.until(/half$/)
  await path.stop()
  expect(await client.closed).toBe('reset')
  expect(path.requests()).toMatchObject([{ status: 200, flags: ['DE'], code: 'PM2017', response_bytes: 4 }])
})

it('answers 503 and names the look-up when the name of the upstream is unknown', async () => {
  // A label of 64 letters fails without a question to the network.
  await using path = await startDataPath(`
listeners: { app: { address: "127.0.0.1:0", upstream: app } }
upstreams: { app: { dns: "${'a'.repeat(64)}.invalid:80" } }
`)
  const { text } = await rawExchange(path.port('app'), get)
  expect(text).toContain('retry-after: 1\r\n')
  expect(problemOf(text)).toMatchObject({
    status: 503,
    code: 'PM2102',
    what: expect.stringMatching(/looked up \([A-Z_]+\)$/),
  })
  expect(await path.metric('discovery_failing{upstream="app"}')).toBe(1)
})

it('sends no body in its own answer to HEAD', async () => {
  await using path = await startOneRoute([await refusingAddress()])
  const { text } = await rawExchange(path.port('app'), 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n')
  expect(text).toMatch(/^HTTP\/1\.1 502[\s\S]*content-length: \d{2,}[\s\S]*\r\n\r\n$/)
  expect(path.requests()).toMatchObject([{ status: 502, response_bytes: 0 }])
})

it('counts the bytes of its own answer', async () => {
  await using path = await startOneRoute([await refusingAddress()])
  const { text } = await rawExchange(path.port('app'), get)
  expect(path.requests()).toMatchObject([{ status: 502, response_bytes: text.split('\r\n\r\n')[1]?.length }])
})
