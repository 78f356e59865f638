/** The time of a request is over while a better answer is tried for: what the client gets then. */
import { type FakeClock, fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { describe, expect, it } from 'vitest'
import { answer, arrived, get, problemOf, startOneRoute, whilePassing } from '../testdata/one-route.ts'
import { startRawBackend } from '../testdata/raw-backend.ts'
import { openRawClient, rawExchange } from '../testdata/raw-client.ts'

const silentBackend = () => startRawBackend(() => undefined)

const noTime = 'retries_refused_total{upstream="app",reason="no_time"}'

async function timeOut<T>(clock: FakeClock, exchange: Promise<T>): Promise<T> {
  await clock.advance(1000)
  return exchange
}

describe('when the time is over', () => {
  it('passes on the last answer that an endpoint has really given', async () => {
    await using bad = await startRawBackend(() => answer(503, 'the real reason'))
    await using silent = await silentBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([bad.address, silent.address], clock, { route: 'timeout: 1s' })
    const exchange = rawExchange(path.port('app'), get)
    await whilePassing(clock, arrived(silent, 1))
    const { text } = await timeOut(clock, exchange)
    expect(text).toMatch(/^HTTP\/1\.1 503 Any[\s\S]*the real reason$/)
    expect(path.requests()).toMatchObject([
      { status: 503, flags: ['URX', 'UT'], attempts: [{ status: 503 }, { error: 'timeout' }] },
    ])
    expect(await path.metric(noTime)).toBe(1)
  })

  it('passes on that of a first endpoint while a hedge is out', async () => {
    await using bad = await startRawBackend(() => undefined)
    await using silent = await silentBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([bad.address, silent.address], clock, {
      route: 'timeout: 1s, hedge: { after: 50ms }',
      upstream: 'budget: { ratio: 1 }',
    })
    const exchange = rawExchange(path.port('app'), get)
    await arrived(bad, 1)
    await clock.advance(50)
    await arrived(silent, 1)
    bad.sockets[0]?.write(answer(503, 'the real reason'))
    while ((await path.metric('replay_bytes')) === 0) await clock.advance(0)
    const { text } = await timeOut(clock, exchange)
    expect(text).toMatch(/^HTTP\/1\.1 503 Any[\s\S]*the real reason$/)
    expect(path.requests()).toMatchObject([{ status: 503, flags: ['HG', 'URX', 'UT'] }])
  })

  it('answers 504 when of the other answer only a part has come', async () => {
    await using bad = await startRawBackend(() => 'HTTP/1.1 503 Any\r\ncontent-length: 10\r\n\r\nhello')
    await using silent = await silentBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([bad.address, silent.address], clock, { route: 'timeout: 1s' })
    const exchange = rawExchange(path.port('app'), get)
    await whilePassing(clock, arrived(silent, 1))
    expect(problemOf((await timeOut(clock, exchange)).text)).toMatchObject({ status: 504, code: 'PM2107' })
  })

  it('says in the line and in the metric that no time was left for another attempt', async () => {
    await using silent = await silentBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([silent.address], clock, { route: 'timeout: 1s' })
    const exchange = rawExchange(path.port('app'), get)
    await arrived(silent, 1)
    await timeOut(clock, exchange)
    expect(path.requests()).toMatchObject([{ flags: ['UT'], not_retried: 'the time for the whole request was over' }])
    expect(await path.metric(noTime)).toBe(1)
  })

  it('says nothing of retries when not even one attempt was made', async () => {
    await using busy = await silentBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([busy.address], clock, {
      upstream: 'limits: { requests: 1, queueTimeout: 10s }',
    })
    await using first = await openRawClient(path.port('app'))
    first.write(get)
    await arrived(busy, 1)
    const hasty = get.replace('Host: a', 'Host: a\r\nx-request-timeout: 300ms')
    await whilePassing(clock, rawExchange(path.port('app'), hasty))
    expect(path.requests()[0]).not.toHaveProperty('not_retried')
    expect(await path.metric(noTime)).toBe(0)
  })
})
