/** A second endpoint beside a slow one, over sockets: who is asked when, whose answer is taken, and what becomes of the other. */
import type { Socket } from 'node:net'
import { type FakeClock, fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { describe, expect, it } from 'vitest'
import { answer, arrived, get, post, startOneRoute, until, whilePassing } from '../testdata/one-route.ts'
import { type RawBackend, startRawBackend } from '../testdata/raw-backend.ts'
import { openRawClient, rawExchange } from '../testdata/raw-client.ts'

const silentBackend = () => startRawBackend(() => undefined)

/** Hedges after 50 ms, and each request pays for a hedge. */
function startHedged(endpoints: readonly string[], clock: FakeClock, { max = 1, route = '' } = {}) {
  return startOneRoute(endpoints, clock, {
    route: `hedge: { after: 50ms, max: ${max} }, ${route}`,
    upstream: 'budget: { ratio: 1 }',
  })
}

const requestsAt = (...backends: RawBackend[]) => backends.map(({ heads }) => heads.length)

describe('a request that takes long', () => {
  it('is sent to a second endpoint after the delay, whose answer is taken when it comes first', async () => {
    await using slow = await silentBackend()
    await using quick = await startRawBackend()
    const clock = fakeClock()
    await using path = await startHedged([slow.address, quick.address], clock)
    const exchange = rawExchange(path.port('app'), get)
    await arrived(slow, 1)
    await clock.advance(49)
    expect(requestsAt(slow, quick)).toEqual([1, 0])
    await clock.advance(1)
    expect((await exchange).text).toMatch(/^HTTP\/1\.1 200 [\s\S]*ok$/)
    expect(requestsAt(slow, quick)).toEqual([1, 1])
    await until(() => slow.sockets[0]?.destroyed === true)
    expect(path.requests()).toMatchObject([
      {
        status: 200,
        flags: ['HG'],
        attempts: [
          { endpoint: slow.address, error: 'cancelled', ms: 50 },
          { endpoint: quick.address, status: 200, hedge: true },
        ],
      },
    ])
    expect(await path.metric('hedges_total{upstream="app",outcome="won"}')).toBe(1)
    expect(await path.metric('upstream_attempts{upstream="app"}')).toBe(0)
  })

  it('gets the answer of the first endpoint when that comes first after all', async () => {
    await using first = await silentBackend()
    await using second = await silentBackend()
    const clock = fakeClock()
    await using path = await startHedged([first.address, second.address], clock)
    const exchange = rawExchange(path.port('app'), get)
    await arrived(first, 1)
    await clock.advance(50)
    await arrived(second, 1)
    first.sockets[0]?.write(answer(200, 'first'))
    expect((await exchange).text).toMatch(/first$/)
    await until(() => second.sockets[0]?.destroyed === true)
    expect(await path.metric('hedges_total{upstream="app",outcome="lost"}')).toBe(1)
    expect(await path.metric('hedges_total{upstream="app",outcome="won"}')).toBe(0)
  })

  it('is not sent again after an answer has begun', async () => {
    await using slow = await startRawBackend(() => 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello')
    await using other = await startRawBackend()
    const clock = fakeClock()
    await using path = await startHedged([slow.address, other.address], clock)
    await using client = await openRawClient(path.port('app'))
    client.write(get)
    await client.until(/hello$/)
    await clock.advance(1000)
    expect(requestsAt(slow, other)).toEqual([1, 0])
  })

  it('is sent to a third endpoint at once when the first fails while the second is on its way', async () => {
    const asked: Socket[] = []
    const listening = () => startRawBackend((_head, socket) => void asked.push(socket))
    await using one = await listening()
    await using two = await listening()
    await using three = await listening()
    const clock = fakeClock()
    await using path = await startHedged([one.address, two.address, three.address], clock, { max: 2 })
    const paysForTheSecondHedge = rawExchange(path.port('app'), get)
    await until(() => asked.length === 1)
    asked[0]?.write(answer(200, 'ok'))
    await paysForTheSecondHedge
    const exchange = rawExchange(path.port('app'), get)
    await until(() => asked.length === 2)
    await clock.advance(50)
    await until(() => asked.length === 3)
    asked[1]?.write(answer(503, 'bad'))
    await until(() => asked.length === 4)
    asked[3]?.write(answer(200, 'third'))
    expect((await exchange).text).toMatch(/^HTTP\/1\.1 200 [\s\S]*third$/)
    expect(requestsAt(one, two, three).toSorted()).toEqual([1, 1, 2])
  })

  it('gets the bad answer of the one when the other fails too', async () => {
    await using first = await silentBackend()
    await using second = await silentBackend()
    const clock = fakeClock()
    await using path = await startHedged([first.address, second.address], clock, { route: 'retry: { attempts: 1 }' })
    const exchange = rawExchange(path.port('app'), get)
    await arrived(first, 1)
    await clock.advance(50)
    await arrived(second, 1)
    first.sockets[0]?.write(answer(503, 'the real reason'))
    while ((await path.metric('replay_bytes')) === 0) await clock.advance(0)
    second.sockets[0]?.resetAndDestroy()
    expect((await exchange).text).toMatch(/^HTTP\/1\.1 503 [\s\S]*the real reason$/)
    expect(path.requests()).toMatchObject([{ status: 503, flags: ['HG', 'URX'] }])
  })
})

describe('no second endpoint is asked', () => {
  it.each([
    { what: 'a POST', request: post },
    { what: 'a request with a body', request: get.replace('\r\n\r\n', '\r\nContent-Length: 5\r\n\r\nhello') },
    {
      what: 'an upgrade',
      request: get.replace('\r\n\r\n', '\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
    },
  ])('for $what', async ({ request }) => {
    await using slow = await silentBackend()
    await using other = await startRawBackend()
    const clock = fakeClock()
    await using path = await startHedged([slow.address, other.address], clock)
    await using client = await openRawClient(path.port('app'))
    client.write(request)
    await arrived(slow, 1)
    await clock.advance(1000)
    expect(requestsAt(slow, other)).toEqual([1, 0])
  })

  it.each([
    { when: 'beyond the budget', reason: 'budget', route: 'hedge: { after: 50ms }', upstream: '' },
    {
      when: 'while too few answers are known to say what is slow',
      reason: 'too_few_answers',
      route: 'hedge: {}',
      upstream: 'budget: { ratio: 1 }',
    },
    {
      when: 'when the limits leave no place for it',
      reason: 'no_place',
      route: 'hedge: { after: 50ms }',
      upstream: 'budget: { ratio: 1 }, limits: { requests: 1 }',
    },
  ])('$when, and metric and log line say why: $reason', async ({ reason, route, upstream }) => {
    await using slow = await silentBackend()
    await using other = await startRawBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([slow.address, other.address], clock, { route, upstream })
    await using client = await openRawClient(path.port('app'))
    client.write(get)
    await arrived(slow, 1)
    await clock.advance(1000)
    expect(requestsAt(slow, other)).toEqual([1, 0])
    client.socket.resetAndDestroy()
    await until(() => path.requestCount() === 1)
    expect(path.requests()).toMatchObject([{ not_hedged: reason }])
    expect(await path.metric(`hedges_refused_total{upstream="app",reason="${reason}"}`)).toBe(1)
  })

  it('for a request that is answered in time, and nothing is said of it', async () => {
    await using quick = await startRawBackend()
    await using other = await startRawBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([quick.address, other.address], clock, {
      route: 'hedge: { after: 50ms }',
      top: 'log: { access: all }',
    })
    await rawExchange(path.port('app'), get)
    await clock.advance(1000)
    expect(path.requests()).toEqual([expect.not.objectContaining({ not_hedged: expect.anything() })])
  })
})

it('asks a second endpoint when an answer takes longer than 95 of 100 did', async () => {
  let isSlow = false
  const reply = () => (isSlow ? undefined : answer(200, 'ok'))
  await using first = await startRawBackend(reply)
  await using second = await startRawBackend(() => answer(200, 'ok'))
  const clock = fakeClock()
  await using path = await startOneRoute([first.address, second.address], clock, {
    route: 'hedge: { after: p95 }',
    upstream: 'budget: { ratio: 1 }',
  })
  for (let sent = 0; sent < 40; sent += 1) await whilePassing(clock, rawExchange(path.port('app'), get))
  isSlow = true
  const before = second.heads.length
  for (let sent = 0; sent < 2; sent += 1) {
    expect((await whilePassing(clock, rawExchange(path.port('app'), get))).text).toMatch(/^HTTP\/1\.1 200/)
  }
  expect(second.heads.length).toBe(before + 2)
  expect(await path.metric('hedges_total{upstream="app",outcome="won"}')).toBe(1)
})
