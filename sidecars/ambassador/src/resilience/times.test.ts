/** The time that a request has: stated by the app, passed on to the upstream, and none for streams. */
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { describe, expect, it } from 'vitest'
import { startDataPath } from '../testdata/data-path.ts'
import { answer, arrived, get, problemOf, startOneRoute, whilePassing } from '../testdata/one-route.ts'
import { startRawBackend } from '../testdata/raw-backend.ts'
import { openRawClient, rawExchange } from '../testdata/raw-client.ts'

const asking = (field: string) => get.replace('Host: a', `Host: a\r\n${field}`)

describe('a time that the app states', () => {
  it.each([
    { field: 'x-request-timeout: 300ms', ms: 300 },
    { field: 'X-Request-Timeout: 1.5s', ms: 1500 },
    { field: 'x-envoy-upstream-rq-timeout-ms: 250', ms: 250 },
    { field: 'x-request-timeout: 1h', ms: 15_000 },
  ])('is kept, if it is shorter than that of the route: $field', async ({ field, ms }) => {
    await using silent = await startRawBackend(() => undefined)
    const clock = fakeClock()
    await using path = await startOneRoute([silent.address], clock)
    const exchange = rawExchange(path.port('app'), asking(field))
    await arrived(silent, 1)
    await clock.advance(ms - 1)
    expect(path.requestCount()).toBe(0)
    await clock.advance(1)
    expect(problemOf((await exchange).text)).toMatchObject({ status: 504, code: 'PM2107' })
    expect(path.requests()).toMatchObject([{ duration_ms: ms }])
  })

  it('goes on to the upstream, less what was used up', async () => {
    await using bad = await startRawBackend(() => answer(503, 'later', 'retry-after: 1\r\n'))
    const clock = fakeClock()
    await using path = await startOneRoute([bad.address], clock, { route: 'retry: { attempts: 2 }' })
    const exchange = rawExchange(path.port('app'), asking('x-request-timeout: 5s'))
    await arrived(bad, 1)
    await whilePassing(clock, exchange)
    const [first = '', second = ''] = bad.heads
    expect(first).toContain('\r\nx-request-timeout: 5000ms\r\nx-envoy-expected-rq-timeout-ms: 5000\r\n')
    const left = Number(/x-request-timeout: (\d+)ms/.exec(second)?.[1])
    expect(left).toBeGreaterThanOrEqual(3400)
    expect(left).toBeLessThanOrEqual(4000)
    expect(second.match(/x-request-timeout/g)).toHaveLength(1)
  })

  it('goes on as the time of the attempt, where that is less', async () => {
    await using backend = await startRawBackend()
    await using path = await startOneRoute([backend.address], fakeClock(), { route: 'retry: { perTry: 400ms }' })
    await rawExchange(path.port('app'), asking('x-request-timeout: 5s'))
    expect(backend.heads[0]).toContain('\r\nx-request-timeout: 400ms\r\n')
  })

  it('is taken out and means nothing, when it comes from another Pod', async () => {
    await using backend = await startRawBackend(() => undefined)
    const clock = fakeClock()
    await using path = await startDataPath(
      `
listeners: { app: { address: "0.0.0.0:0", upstream: app } }
upstreams: { app: { endpoints: ["${backend.address}"] } }
`,
      clock,
    )
    await using client = await openRawClient(path.port('app'))
    client.write(asking('x-request-timeout: 10ms\r\nx-envoy-upstream-rq-timeout-ms: 10'))
    await arrived(backend, 1)
    expect(backend.heads[0]).toBe('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await clock.advance(14_000)
    backend.sockets[0]?.write(answer(200, 'ok'))
    await client.until(/^HTTP\/1\.1 200 [\s\S]*ok$/)
  })

  it.each([
    'x-envoy-expected-rq-timeout-ms: 10',
    'X-Envoy-Max-Retries: 9',
    'x-envoy-retry-on: 5xx',
    'x-envoy-upstream-rq-per-try-timeout-ms: 1',
  ])('is taken out alone too, as are the other fields that would steer an Envoy behind: %s', async (field) => {
    await using backend = await startRawBackend()
    await using path = await startDataPath(`
listeners:
  in: { address: "0.0.0.0:0", upstream: app }
  out: { address: "127.0.0.1:0", upstream: app }
upstreams: { app: { endpoints: ["${backend.address}"] } }
`)
    for (const listener of ['in', 'out']) await rawExchange(path.port(listener), asking(`${field}\r\nx-envoy-mine: 1`))
    expect(backend.heads[0]).toBe('GET / HTTP/1.1\r\nHost: a\r\nx-envoy-mine: 1\r\n\r\n')
    expect(backend.heads[1]).toContain(`${field}\r\n`)
  })

  it('is not invented for an app that states none', async () => {
    await using backend = await startRawBackend()
    await using path = await startOneRoute([backend.address])
    await rawExchange(path.port('app'), get)
    expect(backend.heads[0]).not.toMatch(/timeout/i)
  })
})

it('is that of the listener in its short form', async () => {
  await using silent = await startRawBackend(() => undefined)
  const clock = fakeClock()
  await using path = await startDataPath(
    `
listeners: { app: { address: "127.0.0.1:0", upstream: app, timeout: 300ms, retry: off } }
upstreams: { app: { endpoints: ["${silent.address}"] } }
`,
    clock,
  )
  const exchange = rawExchange(path.port('app'), get)
  await arrived(silent, 1)
  await clock.advance(300)
  expect(problemOf((await exchange).text)).toMatchObject({ status: 504, code: 'PM2107' })
})

describe('a stream', () => {
  const events =
    'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n'

  it('of events goes on after the time of the route, and ends when nothing has come for 5 minutes', async () => {
    await using backend = await startRawBackend(() => `${events}1\r\n1\r\n`)
    const clock = fakeClock()
    await using path = await startOneRoute([backend.address], clock)
    await using client = await openRawClient(path.port('app'))
    client.write(get)
    await client.until(/1\r\n1\r\n$/)
    for (let minute = 0; minute < 10; minute += 1) {
      await clock.advance(60_000)
      backend.sockets[0]?.write('1\r\n2\r\n')
      await client.until(new RegExp(`(1\\r\\n2\\r\\n){${minute + 1}}$`))
    }
    await clock.advance(299_999)
    expect(path.requestCount()).toBe(0)
    await clock.advance(1)
    expect(await client.closed).toBe('reset')
    expect(path.requests()).toMatchObject([{ status: 200, flags: ['SI'], code: 'PM2016' }])
  })

  it('of another type is cut when the time of the route is over', async () => {
    await using backend = await startRawBackend(() => `${events.replace('event-stream', 'plain')}1\r\n1\r\n`)
    const clock = fakeClock()
    await using path = await startOneRoute([backend.address], clock)
    await using client = await openRawClient(path.port('app'))
    client.write(get)
    await client.until(/1\r\n1\r\n$/)
    await clock.advance(15_000)
    expect(await client.closed).toBe('reset')
    expect(path.requests()).toMatchObject([{ flags: ['UT'] }])
  })

  it('of another protocol goes on after the time of the route, and no attempt follows it', async () => {
    const switched = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'
    await using backend = await startRawBackend(() => switched)
    await using other = await startRawBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([backend.address, other.address], clock, {
      route: 'retry: { perTry: 1s }, hedge: { after: 50ms }',
      upstream: 'budget: { ratio: 1 }',
    })
    await using client = await openRawClient(path.port('app'))
    client.write(get.replace('Host: a', 'Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket'))
    await client.until(/\r\n\r\n$/)
    await clock.advance(60_000)
    backend.sockets[0]?.write('still here')
    await client.until(/still here$/)
    backend.sockets[0]?.resetAndDestroy()
    expect(await client.closed).toBe('reset')
    expect([backend.heads.length, other.heads.length]).toEqual([1, 0])
    expect(path.requests()).toMatchObject([{ status: 101, flags: ['UR'] }])
  })
})
