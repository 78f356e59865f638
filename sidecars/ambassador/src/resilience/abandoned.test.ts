/** Requests whose client goes: at each point of a request's life all that was done for it ends at once. */
import { once } from 'node:events'
import { type FakeClock, fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { describe, expect, it } from 'vitest'
import type { DataPath } from '../testdata/data-path.ts'
import { answer, arrived, get, type Keys, startOneRoute, until, whilePassing } from '../testdata/one-route.ts'
import { type RawBackend, startRawBackend } from '../testdata/raw-backend.ts'
import { openRawClient, type RawClient, rawExchange } from '../testdata/raw-client.ts'

interface Stage {
  readonly client: RawClient
  readonly path: DataPath
  readonly clock: FakeClock
  readonly backends: readonly [RawBackend, RawBackend]
}

interface Case {
  readonly when: string
  readonly keys?: Keys
  readonly request?: string
  /** Brings the request to this point. */
  readonly reach: (stage: Stage) => Promise<unknown>
  /** Requests at each endpoint up to then; none comes afterwards. */
  readonly asked: readonly [number, number]
  readonly attempts: readonly unknown[]
}

const upload = 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello'

const cases: readonly Case[] = [
  {
    when: 'while the answer is waited for',
    reach: ({ backends: [one] }) => arrived(one, 1),
    asked: [1, 0],
    attempts: [{ error: 'cancelled' }],
  },
  {
    when: 'while its body is on its way',
    request: upload,
    reach: ({ backends: [one] }) => until(() => one.received().endsWith('hello')),
    asked: [1, 0],
    attempts: [{ error: 'cancelled' }],
  },
  {
    when: 'while the next attempt is waited for',
    keys: { route: 'timeout: 1m' },
    reach: async ({ backends: [one], path, clock }) => {
      await arrived(one, 1)
      one.sockets[0]?.write(answer(503, 'bad', 'retry-after: 10\r\n'))
      while ((await path.metric('replay_bytes')) === 0) await clock.advance(0)
    },
    asked: [1, 0],
    attempts: [{ status: 503 }],
  },
  {
    when: 'while a second endpoint is asked after a bad answer that is still coming',
    reach: async ({ backends: [one, two], clock }) => {
      await arrived(one, 1)
      one.sockets[0]?.write('HTTP/1.1 503 Any\r\ncontent-length: 10\r\n\r\nhello')
      await whilePassing(clock, arrived(two, 1))
    },
    asked: [1, 1],
    attempts: [{ status: 503 }, { error: 'cancelled' }],
  },
  {
    when: 'while two endpoints are asked side by side',
    keys: { route: 'hedge: { after: 50ms }', upstream: 'budget: { ratio: 1 }' },
    reach: async ({ backends: [one, two], clock }) => {
      await arrived(one, 1)
      await clock.advance(50)
      await arrived(two, 1)
    },
    asked: [1, 1],
    attempts: [{ error: 'cancelled' }, { error: 'cancelled', hedge: true }],
  },
  {
    when: 'while the answer is passed on',
    reach: async ({ backends: [one], client }) => {
      await arrived(one, 1)
      one.sockets[0]?.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello')
      await client.until(/hello$/)
    },
    asked: [1, 0],
    attempts: [{ status: 200 }],
  },
]

describe('when the client goes', () => {
  it.each(cases)('nothing is left of the request: $when', async ({ keys, request = get, reach, asked, attempts }) => {
    await using one = await startRawBackend(() => undefined)
    await using two = await startRawBackend(() => undefined)
    const clock = fakeClock()
    await using path = await startOneRoute([one.address, two.address], clock, keys)
    await using client = await openRawClient(path.port('app'))
    client.write(request)
    await reach({ client, path, clock, backends: [one, two] })
    client.socket.resetAndDestroy()
    await until(() => path.requestCount() === 1)

    expect(path.requests()).toMatchObject([{ status: 499, attempts }])
    expect(path.requests()[0]?.flags).toContain('DC')
    expect(await path.metric('upstream_attempts{upstream="app"}')).toBe(0)
    expect(await path.metric('replay_bytes')).toBe(0)
    const kept = await path.metric('upstream_connections{upstream="app",state="idle"}')
    expect(clock.pending()).toBe(kept)
    const open = () => [...one.sockets, ...two.sockets].filter((socket) => !socket.destroyed).length
    await until(() => open() === kept)
    await clock.advance(60_000)
    expect([one.heads.length, two.heads.length]).toEqual(asked)
  })

  it('calls a retry that was on its way cancelled: nobody knows whether it would have been a success', async () => {
    await using bad = await startRawBackend(() => answer(503, 'bad'))
    await using silent = await startRawBackend(() => undefined)
    const clock = fakeClock()
    await using path = await startOneRoute([bad.address, silent.address], clock)
    await using client = await openRawClient(path.port('app'))
    client.write(get)
    await whilePassing(clock, arrived(silent, 1))
    client.socket.resetAndDestroy()
    await until(() => path.requestCount() === 1)
    const counted = ['success', 'exhausted', 'cancelled'].map((outcome) =>
      path.metric(`retries_total{upstream="app",outcome="${outcome}"}`),
    )
    expect(await Promise.all(counted)).toEqual([0, 0, 1])
  })

  it('says nothing about the endpoint, however often', async () => {
    await using silent = await startRawBackend(() => undefined)
    const clock = fakeClock()
    await using path = await startOneRoute([silent.address], clock, { upstream: 'breaker: { consecutive: 1 }' })
    for (let gone = 1; gone <= 3; gone += 1) {
      const client = await openRawClient(path.port('app'))
      client.write(get)
      await arrived(silent, gone)
      await client[Symbol.asyncDispose]()
      await until(() => path.requestCount() === gone)
    }
    expect(await path.metric('endpoints{upstream="app",state="healthy"}')).toBe(1)
  })

  it('leaves the probe of a circuit to the next request', async () => {
    let reply: string | undefined = answer(500, 'bad')
    await using backend = await startRawBackend(() => reply)
    const clock = fakeClock()
    await using path = await startOneRoute([backend.address], clock, {
      upstream: 'breaker: { consecutive: 1, open: 1s..1s }',
    })
    await rawExchange(path.port('app'), get)
    await clock.advance(2000)
    reply = undefined
    const prober = await openRawClient(path.port('app'))
    prober.write(get)
    await arrived(backend, 2)
    expect((await rawExchange(path.port('app'), get)).text).toMatch(/^HTTP\/1\.1 503/)
    const dropped = once(backend.sockets.at(-1) as never, 'close')
    await prober[Symbol.asyncDispose]()
    await dropped
    reply = answer(200, 'ok')
    expect((await rawExchange(path.port('app'), get)).text).toMatch(/^HTTP\/1\.1 200/)
    expect(backend.heads).toHaveLength(3)
    expect(await path.metric('endpoints{upstream="app",state="healthy"}')).toBe(1)
  })
})
