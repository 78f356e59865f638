/** Clients that take long over a request's body: none of that time is the endpoint's. */
import type { Socket } from 'node:net'
import { type FakeClock, fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { describe, expect, it } from 'vitest'
import { answer, arrived, problemOf, startOneRoute, until } from '../testdata/one-route.ts'
import { type RawBackend, startRawBackend } from '../testdata/raw-backend.ts'
import { openRawClient } from '../testdata/raw-client.ts'

const begun = 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello'

const silentBackend = () => startRawBackend(() => undefined)

/** Five failures in a row would open the circuit of the endpoint. */
const strict = 'breaker: { consecutive: 1 }'

const healthy = 'endpoints{upstream="app",state="healthy"}'

describe('when the time for a request is over and its body has not come', () => {
  it('answers 408 and holds nothing against the endpoint', async () => {
    await using backend = await silentBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([backend.address], clock, { route: 'timeout: 1s', upstream: strict })
    await using client = await openRawClient(path.port('app'))
    client.write(begun)
    await until(() => backend.received().endsWith('hello'))
    await clock.advance(1000)
    expect(problemOf(await client.until(/\}\n$/))).toMatchObject({ status: 408, code: 'PM2013' })
    expect(path.requests()).toMatchObject([{ status: 408, flags: ['DPE'], attempts: [{ error: 'cancelled' }] }])
    expect(await path.metric(healthy)).toBe(1)
  })

  it('answers 504 when it is the endpoint that takes no more of it, and holds that against nobody either', async () => {
    await using backend = await startRawBackend((_head, socket) => void socket.pause())
    const clock = fakeClock()
    await using path = await startOneRoute([backend.address], clock, { route: 'timeout: 1s', upstream: strict })
    await using client = await openRawClient(path.port('app'))
    client.write('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n')
    await arrived(backend, 1)
    await fill(client.socket)
    await clock.advance(1000)
    expect(problemOf(await client.until(/\}\n$/))).toMatchObject({ status: 504, code: 'PM2107' })
    expect(await path.metric(healthy)).toBe(1)
  })

  it('counts as a failure once the endpoint has had the whole request', async () => {
    await using backend = await silentBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([backend.address], clock, { route: 'timeout: 1s', upstream: strict })
    await using client = await openRawClient(path.port('app'))
    client.write(`${begun}world`)
    await until(() => backend.received().endsWith('world'))
    await clock.advance(1000)
    expect(problemOf(await client.until(/\}\n$/))).toMatchObject({ status: 504, code: 'PM2107' })
    expect(await path.metric(healthy)).toBe(0)
  })
})

describe('the time of an attempt', () => {
  const perTry = { route: 'retry: { perTry: 1s, attempts: 1 }', upstream: strict }

  it('stands still while the client sends the body', async () => {
    await using backend = await silentBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([backend.address], clock, perTry)
    await using client = await openRawClient(path.port('app'))
    client.write(begun)
    await until(() => backend.received().endsWith('hello'))
    await clock.advance(5000)
    await finishBody(client, backend, clock)
    backend.sockets[0]?.write(answer(200, 'ok'))
    await client.until(/^HTTP\/1\.1 200 [\s\S]*ok$/)
  })

  it('begins when the request is whole', async () => {
    await using backend = await silentBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([backend.address], clock, perTry)
    await using client = await openRawClient(path.port('app'))
    client.write(begun)
    await until(() => backend.received().endsWith('hello'))
    await clock.advance(5000)
    await finishBody(client, backend, clock)
    await clock.advance(999)
    expect(path.requestCount()).toBe(0)
    await clock.advance(1)
    expect(problemOf(await client.until(/\}\n$/))).toMatchObject({ status: 504, code: 'PM2108' })
  })

  it('is no matter any more when the endpoint has answered before the body was whole', async () => {
    await using backend = await silentBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([backend.address], clock, perTry)
    await using client = await openRawClient(path.port('app'))
    client.write(begun)
    await until(() => backend.received().endsWith('hello'))
    backend.sockets[0]?.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nwe')
    await client.until(/we$/)
    await finishBody(client, backend, clock)
    await clock.advance(2000)
    backend.sockets[0]?.write('ll')
    await client.until(/well$/)
  })
})

async function finishBody(client: { write(bytes: string): void }, backend: RawBackend, clock: FakeClock) {
  client.write('world')
  await until(() => backend.received().endsWith('helloworld'))
  await clock.advance(0)
}

/** Writes until no more is taken: all ends of the way are in this process, so what has not moved in so many turns will not. */
async function fill(socket: Socket) {
  const piece = Buffer.alloc(65_536)
  for (let idleTurns = 0; idleTurns < 100; idleTurns += 1) {
    if (!socket.writableNeedDrain) {
      socket.write(piece)
      idleTurns = 0
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}
