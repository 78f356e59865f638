/**
 * What the end of the drain does to requests that wait for a place: each request that is cut frees one, and a queue
 * that went on giving places would send the next request upstream only to cut it too.
 */
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { describe, expect, it } from 'vitest'
import { startDataPath } from '../testdata/data-path.ts'
import { answer, get, post, problemOf, until } from '../testdata/one-route.ts'
import { startRawBackend } from '../testdata/raw-backend.ts'
import { openRawClient } from '../testdata/raw-client.ts'

/** Taken in turn: the first request goes to `one` and leaves a connection behind, on which a request would be sent at once. */
const config = (one: string, two: string) => `
listeners:
  app: { address: "127.0.0.1:0", upstream: app }
  other: { address: "127.0.0.1:0", upstream: app }
upstreams:
  app: { endpoints: ["${one}", "${two}"], balancer: round-robin, outlier: off, limits: { requests: 1 } }
`

describe('when the time of the drain is over', () => {
  it.each([
    { listener: 'app', waits: 'the same listener' },
    { listener: 'other', waits: 'another listener' },
  ])('sends no request that waits on $waits, and tells its client so', async ({ listener }) => {
    await using one = await startRawBackend()
    await using two = await startRawBackend(() => undefined)
    await using path = await startDataPath(config(one.address, two.address), fakeClock())
    await using running = await openRawClient(path.port('app'))
    running.write(get)
    await running.until(/ok$/)
    running.write(get)
    await until(() => two.heads.length === 1)
    await using waiting = await openRawClient(path.port(listener))
    waiting.write(post)
    while ((await path.metric('upstream_queue{upstream="app"}')) < 1) await turn()

    const deadline = new AbortController()
    const stopped = path.stop(deadline.signal)
    deadline.abort()
    await stopped
    const sockets = [...one.sockets, ...two.sockets]
    await until(() => sockets.every(({ destroyed }) => destroyed))

    expect([one.heads.length, two.heads.length]).toEqual([1, 1])
    expect(await running.closed).toBe('reset')
    expect(await waiting.closed).toBe('closed')
    expect(waiting.received()).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\nconnection: close\r\n/)
    expect(problemOf(waiting.received())).toMatchObject({ code: 'PM2113', attempts: [] })
    expect(path.requests()).toMatchObject([
      { listener, status: 503, code: 'PM2113', attempts: [] },
      { status: 0, flags: ['DE'], code: 'PM2017', attempts: [{ endpoint: two.address, error: 'cancelled' }] },
    ])
  })

  it('gives who waits for another attempt the answer of the last one', async () => {
    await using one = await startRawBackend((head) => (head.includes('/bad') ? answer(503, 'bad') : undefined))
    const clock = fakeClock()
    await using path = await startDataPath(config(one.address, one.address), clock)
    await using retried = await openRawClient(path.port('app'))
    await using running = await openRawClient(path.port('app'))
    retried.write('GET /bad HTTP/1.1\r\nHost: a\r\n\r\n')
    while ((await path.metric('replay_bytes')) === 0) await turn()
    running.write(get)
    await until(() => one.heads.length === 2)
    while ((await path.metric('upstream_queue{upstream="app"}')) < 1) await clock.advance(1)

    const deadline = new AbortController()
    const stopped = path.stop(deadline.signal)
    deadline.abort()
    await stopped
    expect(await retried.closed).toBe('closed')
    expect(retried.received()).toMatch(/^HTTP\/1\.1 503 Any[\s\S]*bad$/)
    expect(path.requests()).toMatchObject([
      { status: 503, attempts: [{ status: 503 }], not_retried: 'no endpoint had a place for another attempt' },
      { status: 0, flags: ['DE'] },
    ])
    expect(one.heads).toHaveLength(2)
  })
})

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
