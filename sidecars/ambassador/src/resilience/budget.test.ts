/** The budget over sockets: what is in flight is counted out again, however a request ends. */
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { expect, it } from 'vitest'
import type { DataPath } from '../testdata/data-path.ts'
import { answer, arrived, get, startOneRoute, until, whilePassing } from '../testdata/one-route.ts'
import { startRawBackend } from '../testdata/raw-backend.ts'
import { openRawClient, rawExchange } from '../testdata/raw-client.ts'

/** No minimum but 3 in flight, and each request pays for half a retry. */
const halfABudget = 'budget: { ratio: 0.5, minPerSecond: 0 }, breaker: off'

/** So many good requests, one after the other: they pay for what comes. */
async function earn(path: DataPath, requests: number): Promise<void> {
  for (let sent = 0; sent < requests; sent += 1) await rawExchange(path.port('app'), get)
}

it('bounds the retries at a time by the requests in flight, not by those that are over', async () => {
  let replies: 'good' | 'bad' | 'none' = 'good'
  await using backend = await startRawBackend(() =>
    replies === 'none' ? undefined : answer(replies === 'good' ? 200 : 503, 'x'),
  )
  const clock = fakeClock()
  await using path = await startOneRoute([backend.address], clock, { upstream: halfABudget })
  await earn(path, 100)
  replies = 'none'
  const clients = await Promise.all(Array.from({ length: 6 }, () => openRawClient(path.port('app'))))
  for (const client of clients) client.write(get)
  await arrived(backend, 106)
  for (const socket of backend.sockets) if (!socket.destroyed) socket.write(answer(503, 'x'))
  while (path.requestCount() < 3) await clock.advance(1)
  await clock.advance(250)
  await arrived(backend, 109)
  expect(backend.heads).toHaveLength(109)
  expect(path.requests().map(({ flags }) => flags)).toEqual([['RB'], ['RB'], ['RB']])
  for (const client of clients) await client[Symbol.asyncDispose]()
})

it('has its retry back when the client goes before it was made', async () => {
  let isBad = false
  await using backend = await startRawBackend(() => answer(isBad ? 503 : 200, 'x'))
  const clock = fakeClock()
  await using path = await startOneRoute([backend.address], clock, { upstream: halfABudget })
  await earn(path, 20)
  isBad = true
  for (let gone = 1; gone <= 3; gone += 1) {
    const client = await openRawClient(path.port('app'))
    client.write(get)
    await arrived(backend, 20 + gone)
    while ((await path.metric('replay_bytes')) === 0) await clock.advance(0)
    await client[Symbol.asyncDispose]()
    await until(() => path.requestCount() === gone)
  }
  await whilePassing(clock, rawExchange(path.port('app'), get))
  expect(path.requests().at(-1)).toMatchObject({ flags: ['URX'], attempts: [{}, {}, {}] })
})

it('has its hedge back when there was no place for it', async () => {
  let replies: 'good' | 'bad' | 'none' = 'good'
  const reply = () => (replies === 'none' ? undefined : answer(replies === 'good' ? 200 : 503, 'x'))
  await using one = await startRawBackend(reply)
  await using two = await startRawBackend(reply)
  const clock = fakeClock()
  await using path = await startOneRoute([one.address, two.address], clock, {
    route: 'hedge: { after: 50ms }',
    upstream: `${halfABudget}, limits: { requests: 1 }`,
  })
  await earn(path, 20)
  const sent = () => one.heads.length + two.heads.length
  for (let slow = 1; slow <= 3; slow += 1) {
    replies = 'none'
    const exchange = rawExchange(path.port('app'), get)
    await until(() => sent() === 20 + slow)
    await clock.advance(50)
    for (const socket of [...one.sockets, ...two.sockets]) if (!socket.destroyed) socket.write(answer(200, 'x'))
    await exchange
  }
  expect(sent()).toBe(23)
  replies = 'bad'
  await whilePassing(clock, rawExchange(path.port('app'), get))
  expect(path.requests().at(-1)).toMatchObject({ flags: ['URX'], attempts: [{}, {}, {}] })
})
