import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { expect, it } from 'vitest'
import { startDataPath } from '../../testdata/data-path.ts'
import { type RawBackend, startRawBackend } from '../../testdata/raw-backend.ts'
import { openRawClient, rawExchange } from '../../testdata/raw-client.ts'

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

async function before(backend: RawBackend) {
  const clock = fakeClock()
  const path = await startDataPath(
    `
listeners: { app: { address: "127.0.0.1:0", upstream: app } }
upstreams: { app: { endpoints: ["${backend.address}"] } }
`,
    clock,
  )
  return { clock, path }
}

const open = (backend: RawBackend) => backend.sockets.filter((socket) => !socket.destroyed).length

it('closes a connection that was idle for 4 s, before servers do', async () => {
  await using backend = await startRawBackend()
  const { clock, path } = await before(backend)
  await rawExchange(path.port('app'), get)
  await clock.advance(3999)
  expect(await path.metric('upstream_connections{upstream="app",state="idle"}')).toBe(1)
  const closed = new Promise((resolve) => backend.sockets[0]?.once('close', resolve))
  await clock.advance(1)
  await closed
  expect(open(backend)).toBe(0)
  expect(await path.metric('upstream_connections{upstream="app",state="idle"}')).toBe(0)
  await path.stop()
  await clock.advance(60_000)
  expect(clock.pending()).toBe(0)
})

it('uses the youngest idle connection, so that the others grow old', async () => {
  const held: { socket: unknown; answer(): void }[] = []
  await using backend = await startRawBackend((_head, socket) => {
    held.push({ socket, answer: () => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok') })
    return undefined
  })
  const { clock, path } = await before(backend)
  await using first = await openRawClient(path.port('app'))
  await using second = await openRawClient(path.port('app'))
  first.write(get)
  second.write(get)
  while (held.length < 2) await new Promise((resolve) => setImmediate(resolve))
  const [older, younger] = held
  older?.answer()
  await Promise.race([first.until(/ok$/), second.until(/ok$/)])
  await clock.advance(3000)
  younger?.answer()
  await Promise.all([first.until(/ok$/), second.until(/ok$/)])
  first.write(get)
  while (held.length < 3) await new Promise((resolve) => setImmediate(resolve))
  expect(held[2]?.socket).toBe(younger?.socket)
  held[2]?.answer()
  await first.until(/ok[\s\S]*ok$/)
  const oldest = new Promise((resolve) =>
    backend.sockets.find((each) => each === older?.socket)?.once('close', resolve),
  )
  await clock.advance(1000)
  await oldest
  expect(open(backend)).toBe(1)
  await path.stop()
})

it('has no timer left when the upstream has closed the last idle connection', async () => {
  await using backend = await startRawBackend()
  const { clock, path } = await before(backend)
  await using client = await openRawClient(path.port('app'))
  client.write(get)
  await client.until(/ok$/)
  const timers = clock.pending()
  backend.sockets[0]?.end()
  while (clock.pending() === timers) await new Promise((resolve) => setImmediate(resolve))
  expect(clock.pending()).toBe(timers - 1)
  expect(await path.metric('upstream_connections{upstream="app",state="idle"}')).toBe(0)
  await path.stop()
})

it('closes idle connections when it is stopped', async () => {
  await using backend = await startRawBackend()
  const { path } = await before(backend)
  await rawExchange(path.port('app'), get)
  const closed = new Promise((resolve) => backend.sockets[0]?.once('close', resolve))
  await path.stop()
  await closed
})

it('closes an idle connection before the time that the upstream announces', async () => {
  await using backend = await startRawBackend(
    () => 'HTTP/1.1 200 OK\r\nkeep-alive: timeout=2\r\ncontent-length: 2\r\n\r\nok',
  )
  const { clock, path } = await before(backend)
  await rawExchange(path.port('app'), get)
  await clock.advance(999)
  expect(open(backend)).toBe(1)
  const closed = new Promise((resolve) => backend.sockets[0]?.once('close', resolve))
  await clock.advance(1)
  await closed
  await path.stop()
})

it('closes an idle connection sooner when the upstream has closed two at the same age', async () => {
  await using backend = await startRawBackend()
  const { clock, path } = await before(backend)
  const idle = () => path.metric('upstream_connections{upstream="app",state="idle"}')
  for (const index of [0, 1]) {
    await rawExchange(path.port('app'), get)
    await clock.advance(2000)
    backend.sockets[index]?.end()
    while ((await idle()) > 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await rawExchange(path.port('app'), get)
  await clock.advance(1599)
  expect(await idle()).toBe(1)
  await clock.advance(1)
  expect(await idle()).toBe(0)
  await path.stop()
})
