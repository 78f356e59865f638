/** Attempts after the first, over sockets: how many requests each endpoint gets, and what the client gets in the end. */
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { describe, expect, it } from 'vitest'
import {
  answer,
  arrived,
  get,
  post,
  problemOf,
  refusingAddress,
  startOneRoute,
  until,
  whilePassing,
} from '../testdata/one-route.ts'
import { type RawBackend, startRawBackend } from '../testdata/raw-backend.ts'
import { openRawClient, rawExchange } from '../testdata/raw-client.ts'

const put = (body: string) => `PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`

const backendThatSays = (status: number, body = '', fields = '') => startRawBackend(() => answer(status, body, fields))

const requestsAt = (...backends: RawBackend[]) => backends.map(({ heads }) => heads.length)

describe('after a bad answer', () => {
  it.each([502, 503, 504])('asks another endpoint when the answer is %i', async (status) => {
    await using bad = await backendThatSays(status)
    await using good = await startRawBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([bad.address, good.address], clock)
    const { text } = await whilePassing(clock, rawExchange(path.port('app'), get))
    expect(text).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*ok$/)
    expect(requestsAt(bad, good)).toEqual([1, 1])
    expect(path.requests()).toMatchObject([
      { status: 200, attempts: [{ status, class: 'UNSAFE', backoff_ms: expect.any(Number) }, { status: 200 }] },
    ])
    expect(await path.metric('retries_total{upstream="app",outcome="success"}')).toBe(1)
    expect(await path.metric('first_byte_seconds_count{listener="app",upstream="app"}')).toBe(1)
  })

  it.each([500, 501, 429, 404])('passes a %i on, for another attempt would not better it', async (status) => {
    await using bad = await backendThatSays(status, 'why')
    await using path = await startOneRoute([bad.address])
    const { text } = await rawExchange(path.port('app'), get)
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*why$`))
    expect(bad.heads).toHaveLength(1)
  })

  it('asks again after a status that the route names', async () => {
    await using bad = await backendThatSays(429)
    await using good = await startRawBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([bad.address, good.address], clock, { route: 'retry: { on: [429] }' })
    expect((await whilePassing(clock, rawExchange(path.port('app'), get))).text).toMatch(/^HTTP\/1\.1 200/)
    expect(requestsAt(bad, good)).toEqual([1, 1])
  })

  it('passes a bad answer to a POST on: the request may have been processed', async () => {
    await using bad = await backendThatSays(503, 'down')
    await using other = await startRawBackend()
    await using path = await startOneRoute([bad.address, other.address])
    const { text } = await rawExchange(path.port('app'), post)
    expect(text).toMatch(/^HTTP\/1\.1 503 [\s\S]*down$/)
    expect(requestsAt(bad, other)).toEqual([1, 0])
    expect(path.requests()).toMatchObject([
      { not_retried: 'the request may have been processed, and POST is not idempotent' },
    ])
    expect(await path.metric('retries_refused_total{upstream="app",reason="not_idempotent"}')).toBe(1)
  })

  it('sends a POST with an Idempotency-Key again', async () => {
    await using bad = await backendThatSays(503)
    await using good = await startRawBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([bad.address, good.address], clock)
    const keyed = post.replace('Host: a', 'Host: a\r\nIdempotency-Key: 1')
    expect((await whilePassing(clock, rawExchange(path.port('app'), keyed))).text).toMatch(/^HTTP\/1\.1 200/)
    expect(requestsAt(bad, good)).toEqual([1, 1])
  })

  it('waits for as long as Retry-After asks, and not at all when that is too long', async () => {
    await using bad = await backendThatSays(503, 'later', 'retry-after: 2\r\n')
    const clock = fakeClock()
    await using path = await startOneRoute([bad.address], clock, { route: 'retry: { attempts: 2 }' })
    const exchange = rawExchange(path.port('app'), get)
    await arrived(bad, 1)
    await clock.advance(1999)
    expect(bad.heads).toHaveLength(1)
    await clock.advance(1001)
    await arrived(bad, 2)
    expect((await exchange).text).toMatch(/503[\s\S]*later$/)

    await using patient = await startOneRoute([bad.address], clock, { route: 'timeout: 1s' })
    expect((await rawExchange(patient.port('app'), get)).text).toMatch(/503[\s\S]*later$/)
    expect(bad.heads).toHaveLength(3)
    expect(patient.requests()).toMatchObject([{ flags: ['ND'] }])
  })

  it('makes one attempt when retries are off, also after a refused connection', async () => {
    await using bad = await backendThatSays(503)
    await using path = await startOneRoute([bad.address, await refusingAddress()], undefined, { route: 'retry: off' })
    expect((await rawExchange(path.port('app'), get)).text).toMatch(/^HTTP\/1\.1 503/)
    expect(problemOf((await rawExchange(path.port('app'), get)).text)).toMatchObject({
      code: 'PM2103',
      notRetried: 'retries are off for this route',
    })
    expect(bad.heads).toHaveLength(1)
  })
})

describe('when no attempt brings a good answer', () => {
  it('gives the last one that an endpoint has given', async () => {
    await using first = await backendThatSays(503, 'first')
    await using second = await backendThatSays(502, 'second', 'x-from: second\r\n')
    const clock = fakeClock()
    await using path = await startOneRoute([first.address, second.address], clock, { route: 'retry: { attempts: 2 }' })
    const { text } = await whilePassing(clock, rawExchange(path.port('app'), get))
    expect(text).toMatch(/^HTTP\/1\.1 502 [\s\S]*x-from: second\r\n[\s\S]*second$/)
    expect(path.requests()).toMatchObject([{ status: 502, flags: ['URX'], not_retried: '2 attempts were made' }])
    expect(await path.metric('retries_total{upstream="app",outcome="exhausted"}')).toBe(1)
  })

  it('gives the one before when the last attempt brings none', async () => {
    await using bad = await backendThatSays(503, 'the real reason')
    const clock = fakeClock()
    await using path = await startOneRoute([bad.address, await refusingAddress()], clock, {
      route: 'retry: { attempts: 2 }',
    })
    const { text } = await whilePassing(clock, rawExchange(path.port('app'), get))
    expect(text).toMatch(/^HTTP\/1\.1 503 [\s\S]*the real reason$/)
    expect(path.requests()).toMatchObject([
      { status: 503, flags: ['URX'], attempts: [{ status: 503 }, { error: 'connect_refused' }] },
    ])
  })

  it('gives the one before even when its body is still on its way', async () => {
    await using bad = await startRawBackend(() => 'HTTP/1.1 503 Any\r\ncontent-length: 10\r\n\r\nhello')
    const clock = fakeClock()
    await using path = await startOneRoute([bad.address, await refusingAddress()], clock, {
      route: 'retry: { attempts: 2 }',
    })
    await using client = await openRawClient(path.port('app'))
    client.write(get)
    await whilePassing(clock, client.until(/hello$/))
    bad.sockets[0]?.write('world')
    expect(await client.until(/helloworld$/)).toMatch(/^HTTP\/1\.1 503/)
    expect(path.requests()).toMatchObject([{ status: 503, response_bytes: 10, flags: ['URX'] }])
    expect(await path.metric('replay_bytes')).toBe(0)
  })

  it('gives none of more than 64 KiB that was put by: memory is worth more', async () => {
    await using bad = await backendThatSays(503, 'x'.repeat(70_000))
    const clock = fakeClock()
    await using path = await startOneRoute([bad.address, await refusingAddress()], clock, {
      route: 'retry: { attempts: 2 }',
    })
    const { text } = await whilePassing(clock, rawExchange(path.port('app'), get))
    expect(problemOf(text)).toMatchObject({ status: 502, code: 'PM2103' })
    expect(await path.metric('replay_bytes')).toBe(0)
  })

  it('says that an attempt had its time, when it was the last', async () => {
    await using silent = await startRawBackend(() => undefined)
    const clock = fakeClock()
    await using path = await startOneRoute([silent.address], clock, { route: 'retry: { attempts: 2, perTry: 100ms }' })
    const { text } = await whilePassing(clock, rawExchange(path.port('app'), get))
    expect(problemOf(text)).toMatchObject({
      status: 504,
      code: 'PM2108',
      attempts: [
        { error: 'timeout', ms: 100 },
        { error: 'timeout', ms: 100 },
      ],
    })
    expect(path.requests()).toMatchObject([{ flags: ['URX', 'UT'] }])
    expect(silent.heads).toHaveLength(2)
    expect(await path.metric('attempts_failed_total{upstream="app",reason="timeout"}')).toBe(2)
    expect(await path.metric('first_byte_seconds_count{listener="app",upstream="app"}')).toBe(0)
  })
})

describe('an attempt that takes too long', () => {
  it('is dropped and made at another endpoint', async () => {
    await using silent = await startRawBackend(() => undefined)
    await using good = await startRawBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([silent.address, good.address], clock, { route: 'retry: { perTry: 100ms }' })
    const exchange = rawExchange(path.port('app'), get)
    await arrived(silent, 1)
    await clock.advance(99)
    expect(silent.sockets[0]?.destroyed).toBe(false)
    expect((await whilePassing(clock, exchange)).text).toMatch(/^HTTP\/1\.1 200/)
    await until(() => silent.sockets[0]?.destroyed === true)
    expect(requestsAt(silent, good)).toEqual([1, 1])
  })

  it('may take its time with the body of its answer', async () => {
    await using slow = await startRawBackend(() => 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello')
    const clock = fakeClock()
    await using path = await startOneRoute([slow.address], clock, { route: 'retry: { perTry: 100ms }' })
    await using client = await openRawClient(path.port('app'))
    client.write(get)
    await client.until(/hello$/)
    await clock.advance(5000)
    slow.sockets[0]?.write('world')
    await client.until(/helloworld$/)
  })
})

describe('a body', () => {
  it('is sent again byte by byte as it came, also in pieces', async () => {
    await using bad = await backendThatSays(503)
    await using good = await startRawBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([bad.address, good.address], clock)
    const bytes = Array.from({ length: 5000 }, (_, index) => String.fromCharCode(index % 256)).join('')
    const { text } = await whilePassing(clock, rawExchange(path.port('app'), put(bytes)))
    expect(text).toMatch(/^HTTP\/1\.1 200/)
    for (const backend of [bad, good])
      expect(backend.received().split('\r\n\r\n').slice(1).join('\r\n\r\n')).toBe(bytes)
    expect(await path.metric('replay_bytes')).toBe(0)
  })

  it('is sent on from where it is, when the attempt fails in its middle', async () => {
    await using bad = await startRawBackend((_head, socket) => {
      socket.resetAndDestroy()
      return undefined
    })
    await using good = await startRawBackend(() => undefined)
    const clock = fakeClock()
    await using path = await startOneRoute([bad.address, good.address], clock)
    await using client = await openRawClient(path.port('app'))
    client.write('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello')
    await whilePassing(
      clock,
      until(() => good.received().endsWith('hello')),
    )
    client.write('world')
    await until(() => good.received().endsWith('helloworld'))
    expect(requestsAt(bad, good)).toEqual([1, 1])
  })

  it('waits in the client while no attempt is on its way: what is not kept must not be lost', async () => {
    await using bad = await startRawBackend((_head, socket) => {
      socket.resetAndDestroy()
      return undefined
    })
    await using good = await startRawBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([bad.address, good.address], clock)
    await using client = await openRawClient(path.port('app'))
    client.write('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 200005\r\n\r\nhello')
    await arrived(bad, 1)
    while ((await path.metric('upstream_attempts{upstream="app"}')) > 0) await clock.advance(0)
    client.write('x'.repeat(200_000))
    for (let turn = 0; turn < 50; turn += 1) await clock.advance(0)
    expect(await path.metric('replay_bytes')).toBe(5)
    await whilePassing(clock, client.until(/ok$/))
    expect(good.receivedBytes()).toBe((good.heads[0] ?? '').length + 200_005)
  })

  it('is not kept beyond the bytes that the route allows, and the reason is told', async () => {
    await using bad = await backendThatSays(503, 'full')
    await using path = await startOneRoute([bad.address], undefined, { route: 'retry: { bodyBytes: 1KiB }' })
    const { text } = await rawExchange(path.port('app'), put('x'.repeat(1025)))
    expect(text).toMatch(/^HTTP\/1\.1 503 [\s\S]*full$/)
    expect(bad.heads).toHaveLength(1)
    expect(path.requests()).toMatchObject([
      { flags: ['NB'], not_retried: 'the body was sent and not kept: it is larger than 1024 bytes' },
    ])
    expect(await path.metric('retries_refused_total{upstream="app",reason="not_replayable"}')).toBe(1)
  })

  it('ends the matter when the upstream answers before it has all of it', async () => {
    await using bad = await startRawBackend(() => answer(503, 'no more'))
    await using path = await startOneRoute([bad.address])
    await using client = await openRawClient(path.port('app'))
    client.write('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello')
    expect(await client.until(/no more$/)).toMatch(/^HTTP\/1\.1 503/)
    expect(bad.heads).toHaveLength(1)
    expect(path.requests()).toMatchObject([{ not_retried: 'the upstream answered before it had the whole request' }])
  })
})

describe('when all of an upstream fails', () => {
  it.each([
    { what: 'answers 503', start: () => backendThatSays(503) },
    {
      what: 'resets connections',
      start: () =>
        startRawBackend((_head, socket) => {
          socket.resetAndDestroy()
          return undefined
        }),
    },
  ])(
    'sends at most a fifth more than it gets, and the 3 per second that are always allowed: it $what',
    async ({ start }) => {
      await using bad = await start()
      const clock = fakeClock()
      await using path = await startOneRoute([bad.address], clock, { upstream: 'breaker: off' })
      const requests = 300
      for (let sent = 0; sent < requests; sent += 50) {
        const batch = Array.from({ length: 50 }, () => rawExchange(path.port('app'), get))
        await whilePassing(clock, Promise.all(batch))
      }
      const floor = 3 * 10
      expect(bad.heads.length).toBeGreaterThan(requests * 1.1)
      expect(bad.heads.length).toBeLessThanOrEqual(requests * 1.2 + floor)
      expect(path.requestCount()).toBe(requests)
      const refused = await path.metric('retries_refused_total{upstream="app",reason="budget"}')
      expect(refused).toBeGreaterThan(0)
      expect(await path.metric('retry_budget{upstream="app"}')).toBeLessThanOrEqual(0)
    },
  )

  it('sends nearly nothing more once the circuit is open', async () => {
    await using bad = await backendThatSays(503)
    const clock = fakeClock()
    await using path = await startOneRoute([bad.address], clock)
    for (let sent = 0; sent < 20; sent += 1) await whilePassing(clock, rawExchange(path.port('app'), get))
    expect(bad.heads.length).toBeLessThan(12)
    const { text } = await rawExchange(path.port('app'), get)
    expect(problemOf(text)).toMatchObject({ status: 503, code: 'PM2109', attempts: [] })
    expect(text).toMatch(/\r\nretry-after: \d+\r\n/)
    expect(path.requests().at(-1)).toMatchObject({ flags: ['BO'] })
    expect(await path.metric('upstream_circuit_open{upstream="app"}')).toBe(1)
  })
})

describe('when an answer breaks off before the client has anything of it', () => {
  const breaks = [
    { what: 'in the middle of its head', part: 'HTTP/1.1 200 OK\r\ncontent-le' },
    { what: 'after a 100', part: 'HTTP/1.1 100 Continue\r\n\r\n' },
  ]

  it.each(breaks)('sends a GET to another endpoint: $what', async ({ part }) => {
    await using bad = await startRawBackend((_head, socket) => void socket.end(part))
    await using good = await startRawBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([bad.address, good.address], clock)
    const { text } = await whilePassing(clock, rawExchange(path.port('app'), get))
    expect(text).toMatch(/HTTP\/1\.1 200 OK[\s\S]*ok$/)
    expect(requestsAt(bad, good)).toEqual([1, 1])
    expect(path.requests()).toMatchObject([{ attempts: [{ error: 'closed', class: 'UNSAFE' }, { status: 200 }] }])
  })

  it.each(breaks)('sends no POST again: $what', async ({ part }) => {
    await using bad = await startRawBackend((_head, socket) => void socket.end(part))
    await using other = await startRawBackend()
    await using path = await startOneRoute([bad.address, other.address])
    expect((await rawExchange(path.port('app'), post)).text).toMatch(/HTTP\/1\.1 502 [\s\S]*PM2104/)
    expect(requestsAt(bad, other)).toEqual([1, 0])
  })
})
