/** What a request gets when there is nowhere left to go with it: no place, no time, or a neighbour that is overloaded itself. */
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { describe, expect, it } from 'vitest'
import { answer, arrived, get, problemOf, refusingAddress, startOneRoute, whilePassing } from '../testdata/one-route.ts'
import { startRawBackend } from '../testdata/raw-backend.ts'
import { openRawClient, rawExchange } from '../testdata/raw-client.ts'

const silentBackend = () => startRawBackend(() => undefined)

describe('an answer of an ambassador that is overloaded', () => {
  const overloaded = () => startRawBackend(() => answer(503, 'full', 'podmates-overloaded: true\r\n'))

  it('is passed on, mark and all, when there is no other endpoint', async () => {
    await using full = await overloaded()
    await using path = await startOneRoute([full.address])
    const { text } = await rawExchange(path.port('app'), get)
    expect(text).toMatch(/^HTTP\/1\.1 503 [\s\S]*podmates-overloaded: true\r\n[\s\S]*full$/)
    expect(full.heads).toHaveLength(1)
    expect(path.requests()).toMatchObject([
      { not_retried: "the upstream's own ambassador is overloaded, and there is no other endpoint" },
    ])
  })

  it('is bettered by another endpoint', async () => {
    await using full = await overloaded()
    await using good = await startRawBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([full.address, good.address], clock)
    expect((await whilePassing(clock, rawExchange(path.port('app'), get))).text).toMatch(/^HTTP\/1\.1 200/)
    expect([full.heads.length, good.heads.length]).toEqual([1, 1])
  })
})

describe('when there is no place for another attempt', () => {
  /** One endpoint that fails is out at once, and the other takes one request at a time, for which nobody waits. */
  const scarce = 'limits: { connections: 1, queue: 0 }, breaker: { consecutive: 1 }, panic: 0'

  it('gives the answer that an endpoint has given', async () => {
    await using busy = await silentBackend()
    await using bad = await startRawBackend(() => answer(503, 'the real reason'))
    const clock = fakeClock()
    await using path = await startOneRoute([busy.address, bad.address], clock, { upstream: scarce })
    await using first = await openRawClient(path.port('app'))
    first.write(get)
    await arrived(busy, 1)
    const { text } = await whilePassing(clock, rawExchange(path.port('app'), get))
    expect(text).toMatch(/^HTTP\/1\.1 503 [\s\S]*the real reason$/)
    expect(path.requests()).toMatchObject([
      { status: 503, attempts: [{ status: 503 }], not_retried: 'no endpoint had a place for another attempt' },
    ])
    expect(await path.metric('retries_refused_total{upstream="app",reason="no_endpoint"}')).toBe(1)
  })

  it('says how the last attempt failed, when that brought no answer', async () => {
    await using busy = await silentBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([busy.address, await refusingAddress()], clock, { upstream: scarce })
    await using first = await openRawClient(path.port('app'))
    first.write(get)
    await arrived(busy, 1)
    const { text } = await whilePassing(clock, rawExchange(path.port('app'), get))
    expect(problemOf(text)).toMatchObject({
      status: 502,
      code: 'PM2103',
      attempts: [{ error: 'connect_refused' }],
      notRetried: 'no endpoint had a place for another attempt',
    })
  })
})

describe('when the time of the request is over', () => {
  it('has counted the time in the queue: the attempt gets what is left', async () => {
    await using busy = await silentBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([busy.address], clock, {
      route: 'timeout: 300ms',
      upstream: 'limits: { requests: 1, queueTimeout: 1s }',
    })
    await using first = await openRawClient(path.port('app'))
    first.write(get)
    await arrived(busy, 1)
    await clock.advance(200)
    const waiting = rawExchange(path.port('app'), get)
    while ((await path.metric('upstream_queue{upstream="app"}')) < 1) await clock.advance(0)
    await clock.advance(100)
    await first.until(/^HTTP\/1\.1 504/)
    await arrived(busy, 2)
    await clock.advance(200)
    expect(problemOf((await waiting).text)).toMatchObject({ status: 504, code: 'PM2107', attempts: [{ ms: 200 }] })
  })

  it('answers 504 without an attempt, when it was over in the queue', async () => {
    await using busy = await silentBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([busy.address], clock, {
      upstream: 'limits: { requests: 1, queueTimeout: 10s }',
    })
    await using first = await openRawClient(path.port('app'))
    first.write(get)
    await arrived(busy, 1)
    const hasty = get.replace('Host: a', 'Host: a\r\nx-request-timeout: 300ms')
    const { text } = await whilePassing(clock, rawExchange(path.port('app'), hasty))
    expect(problemOf(text)).toMatchObject({ status: 504, code: 'PM2107', attempts: [] })
    expect(await path.metric('upstream_queue{upstream="app"}')).toBe(0)
    expect(busy.heads).toHaveLength(1)
  })
})
