/** What happens to requests when places are short or circuits open, over sockets. */
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { describe, expect, it } from 'vitest'
import { answer, arrived, get, post, problemOf, startOneRoute, until, whilePassing } from '../testdata/one-route.ts'
import { startRawBackend } from '../testdata/raw-backend.ts'
import { openRawClient, rawExchange } from '../testdata/raw-client.ts'

const silentBackend = () => startRawBackend(() => undefined)

describe('when all places are taken', () => {
  it('lets a request wait until one is free, in the order in which they came', async () => {
    await using backend = await silentBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([backend.address], clock, { upstream: 'limits: { connections: 1 }' })
    const clients = []
    for (const name of ['a', 'b', 'c']) {
      const client = await openRawClient(path.port('app'))
      clients.push(client)
      client.write(`GET /${name} HTTP/1.1\r\nHost: a\r\n\r\n`)
      if (name === 'a') await arrived(backend, 1)
      else while ((await path.metric('upstream_queue{upstream="app"}')) < clients.length - 1) await clock.advance(0)
    }
    for (const client of clients) {
      backend.sockets[0]?.write(answer(200, 'ok'))
      await client.until(/ok$/)
    }
    expect(backend.heads.map((head) => head.slice(0, 6))).toEqual(['GET /a', 'GET /b', 'GET /c'])
    expect(backend.connections()).toBe(1)
    for (const client of clients) await client[Symbol.asyncDispose]()
  })

  it('answers 503 when a request has waited too long, and when too many wait', async () => {
    await using backend = await silentBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([backend.address], clock, {
      upstream: 'limits: { requests: 1, queue: 1, queueTimeout: 200ms }',
    })
    await using first = await openRawClient(path.port('app'))
    first.write(get)
    await arrived(backend, 1)
    const waiting = rawExchange(path.port('app'), get)
    while ((await path.metric('upstream_queue{upstream="app"}')) < 1) await clock.advance(0)
    const turnedAway = await rawExchange(path.port('app'), get)
    expect(turnedAway.text).toMatch(/\r\npodmates-overloaded: true\r\n/)
    expect(problemOf(turnedAway.text)).toMatchObject({ status: 503, code: 'PM2110', attempts: [] })
    const { text } = await whilePassing(clock, waiting)
    expect(text).toMatch(/\r\nretry-after: \d+\r\n/)
    expect(problemOf(text)).toMatchObject({ status: 503, code: 'PM2111', attempts: [] })
    expect(path.requests()).toMatchObject([
      { flags: ['UO'], code: 'PM2110' },
      { flags: ['UO'], code: 'PM2111', queue_ms: 200, duration_ms: 200 },
    ])
    expect(backend.heads).toHaveLength(1)
  })

  it.each([
    { what: 'a request', request: get, leave: 'closes' },
    { what: 'a request with a body', request: post, leave: 'closes' },
    { what: 'a request with a body', request: post, leave: 'resets' },
    { what: 'half of a body', request: post.slice(0, -2), leave: 'closes' },
    { what: 'a body in two pieces', request: post.slice(0, -2), more: 'lo', leave: 'closes' },
    { what: 'two requests at once', request: get + get, leave: 'closes' },
    { what: 'two requests at once', request: get + get, leave: 'resets' },
  ])(
    'forgets $what at once when the client $leave its connection while it waits',
    async ({ request, more = '', leave }) => {
      await using backend = await silentBackend()
      const clock = fakeClock()
      await using path = await startOneRoute([backend.address], clock, { upstream: 'limits: { requests: 1 }' })
      await using first = await openRawClient(path.port('app'))
      first.write(get)
      await arrived(backend, 1)
      await using second = await openRawClient(path.port('app'))
      second.write(request)
      while ((await path.metric('upstream_queue{upstream="app"}')) < 1) await clock.advance(0)
      if (leave === 'closes') second.socket.end(more)
      else second.socket.resetAndDestroy()
      await until(() => path.requestCount() === 1)
      expect(path.requests()).toMatchObject([{ status: 499, flags: ['DC'], attempts: [] }])
      expect(await path.metric('upstream_queue{upstream="app"}')).toBe(0)
      backend.sockets[0]?.write(answer(200, 'ok'))
      await first.until(/ok$/)
      expect(backend.heads).toHaveLength(1)
    },
  )

  it('sends what an old client had to say before it closed its side, and answers it', async () => {
    await using backend = await silentBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([backend.address], clock, { upstream: 'limits: { requests: 1 }' })
    await using first = await openRawClient(path.port('app'))
    first.write(get)
    await arrived(backend, 1)
    await using old = await openRawClient(path.port('app'))
    old.write(post.replace('HTTP/1.1', 'HTTP/1.0'))
    while ((await path.metric('upstream_queue{upstream="app"}')) < 1) await clock.advance(0)
    old.socket.end()
    // Its end has been seen when the one of somebody who came later has.
    await using last = await openRawClient(path.port('app'))
    last.write(get)
    while ((await path.metric('upstream_queue{upstream="app"}')) < 2) await clock.advance(0)
    last.socket.end()
    await until(() => path.requestCount() === 1)
    backend.sockets[0]?.write(answer(200, 'ok'))
    await until(() => backend.received().endsWith('hello'))
    backend.sockets.at(-1)?.write(answer(200, 'old'))
    await old.until(/old$/)
  })

  it('gives the place of an attempt whose answer was put by to the next one', async () => {
    await using backend = await startRawBackend((_head, _socket, index) => answer(index === 0 ? 503 : 200, 'ok'))
    const clock = fakeClock()
    await using path = await startOneRoute([backend.address], clock, {
      upstream: 'limits: { connections: 1, requests: 1, queue: 0 }',
    })
    expect((await whilePassing(clock, rawExchange(path.port('app'), get))).text).toMatch(/^HTTP\/1\.1 200/)
    expect(await path.metric('upstream_attempts{upstream="app"}')).toBe(0)
  })
})

describe('when the circuit of an upstream opens', () => {
  it('sends one request when its time is over, and all again when that one is answered well', async () => {
    let isBad = true
    await using backend = await startRawBackend(() => (isBad ? answer(500, 'bad') : answer(200, 'ok')))
    const clock = fakeClock()
    await using path = await startOneRoute([backend.address], clock, {
      upstream: 'breaker: { consecutive: 3, open: 1s..60s }',
    })
    const ask = async () => (await rawExchange(path.port('app'), get)).text.slice(9, 12)
    expect([await ask(), await ask(), await ask()]).toEqual(['500', '500', '500'])
    expect([await ask(), await ask()]).toEqual(['503', '503'])
    expect(backend.heads).toHaveLength(3)
    await clock.advance(2000)
    expect([await ask(), await ask()]).toEqual(['500', '503'])
    expect(backend.heads).toHaveLength(4)
    isBad = false
    await clock.advance(4000)
    expect([await ask(), await ask(), await ask()]).toEqual(['200', '200', '200'])
    expect(backend.heads).toHaveLength(7)
    expect(await path.metric('upstream_changes_total{upstream="app",kind="breaker",to="open"}')).toBe(2)
    expect(await path.metric('upstream_changes_total{upstream="app",kind="breaker",to="closed"}')).toBe(1)
  })

  it('asks the others while only that of one endpoint is open', async () => {
    await using bad = await startRawBackend(() => answer(500, 'bad'))
    await using good = await startRawBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([bad.address, good.address], clock, {
      upstream: 'breaker: { consecutive: 2 }',
    })
    for (let sent = 0; sent < 10; sent += 1) await rawExchange(path.port('app'), get)
    expect(bad.heads).toHaveLength(2)
    expect(good.heads).toHaveLength(8)
    expect(await path.metric('endpoints{upstream="app",state="open"}')).toBe(1)
  })
})
