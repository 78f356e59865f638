/** How a listener opens, drains and ends; research native-sidecar-lifecycle, C12 and C24 to C30. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { describe, expect, it } from 'vitest'
import { startDataPath } from '../testdata/data-path.ts'
import { startRawBackend } from '../testdata/raw-backend.ts'
import { openRawClient, rawExchange } from '../testdata/raw-client.ts'
import { isLocal } from './listener.ts'

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const never = new AbortController().signal

const config = (address: string, endpoint: string) => `
listeners: { app: { address: "${address}", upstream: app } }
upstreams: { app: { endpoints: ["${endpoint}"], outlier: off } }
drain: { delay: 2s, timeout: 10s }
`

it.each([
  { target: { host: '127.0.0.1', port: 1 }, local: true },
  { target: { host: '127.1.2.3', port: 1 }, local: true },
  { target: { host: '::1', port: 1 }, local: true },
  { target: { host: 'localhost', port: 1 }, local: true },
  { target: { path: '/run/app.sock' }, local: true },
  { target: { host: '0.0.0.0', port: 1 }, local: false },
  { target: { host: '::', port: 1 }, local: false },
  { target: { host: '10.1.2.7', port: 1 }, local: false },
])('$target is local: $local', ({ target, local }) => {
  expect(isLocal(target)).toBe(local)
})

describe('when the Pod begins to end', () => {
  it('an outbound listener serves as before, on old connections and on new ones', async () => {
    await using backend = await startRawBackend()
    const clock = fakeClock()
    await using path = await startDataPath(config('127.0.0.1:0', backend.address), clock)
    await using client = await openRawClient(path.port('app'))
    path.drain()
    await clock.advance(60_000)
    client.write(get)
    expect(await client.until(/ok$/)).not.toContain('connection: close')
    await using another = await openRawClient(path.port('app'))
    another.write(get)
    expect(await another.until(/ok$/)).not.toContain('connection: close')
  })

  it('an inbound listener says so in its answers, and accepts no more after the delay', async () => {
    await using backend = await startRawBackend()
    const clock = fakeClock()
    await using path = await startDataPath(config('0.0.0.0:0', backend.address), clock)
    await using old = await openRawClient(path.port('app'))
    path.drain()
    old.write(get)
    expect(await old.until(/ok$/)).toContain('connection: close\r\n')
    await clock.advance(1999)
    await using late = await openRawClient(path.port('app'))
    late.write(get)
    expect(await late.until(/ok$/)).toContain('connection: close\r\n')
    await clock.advance(1)
    await expect(openRawClient(path.port('app'))).rejects.toThrow('ECONNREFUSED')
  })
})

describe('at the end', () => {
  it('finishes the request in flight, says that it was the last, and only then is stopped', async () => {
    let answer = (): void => undefined
    await using backend = await startRawBackend((_head, socket) => {
      answer = () => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
      return undefined
    })
    await using path = await startDataPath(config('127.0.0.1:0', backend.address))
    await using client = await openRawClient(path.port('app'))
    client.write(get)
    while (backend.heads.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const stopped = path.stop(never)
    await expect(openRawClient(path.port('app'))).rejects.toThrow('ECONNREFUSED')
    answer()
    expect(await client.until(/ok$/)).toContain('connection: close\r\n')
    expect(await stopped).toContainEqual({ in_flight: 1, cut: 0 })
  })

  it('answers a request that arrives on an idle connection in the moment before it is closed', async () => {
    await using backend = await startRawBackend()
    const clock = fakeClock()
    await using path = await startDataPath(config('127.0.0.1:0', backend.address), clock)
    await using busy = await openRawClient(path.port('app'))
    await using idle = await openRawClient(path.port('app'))
    busy.write(get)
    idle.write(get)
    await busy.until(/ok$/)
    await idle.until(/ok$/)
    const stopped = path.stop(never)
    await clock.advance(99)
    busy.write(get)
    expect(await busy.until(/ok[\s\S]*ok$/)).toContain('connection: close\r\n')
    await clock.advance(1)
    expect(await idle.closed).toBe('closed')
    expect(await busy.closed).toBe('closed')
    expect(await stopped).toContainEqual({ in_flight: 0, cut: 0 })
    expect(backend.heads).toHaveLength(3)
  })

  it('closes a connection after an answer that had begun before the end, and so could not say that it was the last', async () => {
    await using backend = await startRawBackend(() => 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nok')
    const clock = fakeClock()
    await using path = await startDataPath(config('127.0.0.1:0', backend.address), clock)
    await using client = await openRawClient(path.port('app'))
    client.write(get)
    expect(await client.until(/ok$/)).not.toContain('connection: close')
    const stopped = path.stop(never)
    await clock.advance(100)
    backend.sockets[0]?.write('ok')
    await client.until(/okok$/)
    expect(await client.closed).toBe('closed')
    expect(await stopped).toContainEqual({ in_flight: 1, cut: 0 })
  })

  it('waits for the rest of a head as long as for a request on an idle connection, and no longer', async () => {
    await using backend = await startRawBackend()
    const clock = fakeClock()
    await using path = await startDataPath(config('127.0.0.1:0', backend.address), clock)
    await using silent = await openRawClient(path.port('app'))
    await using late = await openRawClient(path.port('app'))
    const timersBefore = clock.pending()
    silent.write('GET / HTT')
    late.write('GET / HTT')
    while (clock.pending() < timersBefore + 2) await new Promise((resolve) => setImmediate(resolve))
    const stopped = path.stop(never)
    await clock.advance(99)
    late.write('P/1.1\r\nHost: a\r\n\r\n')
    expect(await late.until(/ok$/)).toContain('connection: close\r\n')
    await clock.advance(1)
    expect(await silent.closed).toBe('closed')
    expect(await stopped).toContainEqual({ in_flight: 2, cut: 0 })
  })

  it('all listeners drain at the same time, so that their timeouts do not add up', async () => {
    await using backend = await startRawBackend(() => undefined)
    const path = await startDataPath(`
listeners:
  one: { address: "127.0.0.1:0", upstream: app }
  two: { address: "127.0.0.1:0", upstream: app }
upstreams: { app: { endpoints: ["${backend.address}"] } }
`)
    await using one = await openRawClient(path.port('one'))
    await using two = await openRawClient(path.port('two'))
    one.write(get)
    two.write(get)
    while (backend.heads.length < 2) await new Promise((resolve) => setImmediate(resolve))
    const deadline = new AbortController()
    const stopped = path.stop(deadline.signal)
    await expect(openRawClient(path.port('one'))).rejects.toThrow('ECONNREFUSED')
    await expect(openRawClient(path.port('two'))).rejects.toThrow('ECONNREFUSED')
    deadline.abort()
    expect(await stopped).toContainEqual({ in_flight: 2, cut: 2 })
  })

  it('is over at once when nobody is connected', async () => {
    const path = await startDataPath(config('127.0.0.1:0', '127.0.0.1:1'), fakeClock())
    expect(await path.stop(never)).toContainEqual({ in_flight: 0, cut: 0 })
  })

  it('cuts what is left at the deadline, and counts it', async () => {
    await using backend = await startRawBackend(() => undefined)
    const path = await startDataPath(config('127.0.0.1:0', backend.address))
    await using client = await openRawClient(path.port('app'))
    client.write(get)
    while (backend.heads.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const deadline = new AbortController()
    const stopped = path.stop(deadline.signal)
    deadline.abort()
    expect(await client.closed).toBe('reset')
    expect(await stopped).toContainEqual({ in_flight: 1, cut: 1 })
  })
})

it('refuses a head that is not complete after 10 s, and leaves idle connections alone', async () => {
  await using backend = await startRawBackend()
  const clock = fakeClock()
  await using path = await startDataPath(config('127.0.0.1:0', backend.address), clock)
  await using slow = await openRawClient(path.port('app'))
  await using idle = await openRawClient(path.port('app'))
  slow.write('GET / HTT')
  while (clock.pending() < 3) await new Promise((resolve) => setImmediate(resolve))
  await clock.advance(9999)
  slow.write('P/1.1\r\nHost: a')
  await clock.advance(1)
  expect(await slow.until(/408[\s\S]*\}/)).toContain('podmates-error: PM2009\r\n')
  idle.write(get)
  await idle.until(/ok$/)
})

describe('an address that cannot be opened', () => {
  it('fails the start with a code and the address', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as { port: number }
    await expect(startDataPath(config(`127.0.0.1:${port}`, '127.0.0.1:1'))).rejects.toMatchObject({
      code: 'PM2012',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    })
    taken.close()
  })
})

describe('a unix socket', () => {
  it('is served as a port is, and used for upstreams too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'podmates-'))
    await using backend = await startRawBackend()
    await using inner = await startDataPath(config(`unix:${folder}/a.sock`, backend.address))
    await using outer = await startDataPath(config('127.0.0.1:0', `unix:${folder}/a.sock`))
    expect((await rawExchange(outer.port('app'), get)).text).toMatch(/200[\s\S]*ok$/)
    await outer.stop()
    await inner.stop()
    expect(existsSync(`${folder}/a.sock`)).toBe(false)
    await rm(folder, { recursive: true })
  })

  it('whose file a killed process left behind is taken over', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'podmates-'))
    const path = join(folder, 'a.sock')
    await leaveSocket(path)
    await using backend = await startRawBackend()
    await using served = await startDataPath(config(`unix:${path}`, backend.address))
    const client = connect({ path })
    await new Promise((resolve) => client.once('connect', resolve))
    client.destroy()
    await served.stop()
    await rm(folder, { recursive: true })
  })
})

/** Leaves the file of a socket behind, as a killed process does. */
async function leaveSocket(path: string): Promise<void> {
  const { spawn } = await import('node:child_process')
  const child = spawn(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`,
  ])
  await new Promise((resolve) => child.once('exit', resolve))
  expect(existsSync(path)).toBe(true)
}
