/** Bodies over sockets that are sent again: to the byte, within the memory that all requests share. */
import type { Socket } from 'node:net'
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { describe, expect, it } from 'vitest'
import {
  answer,
  arrived,
  get,
  problemOf,
  refusingAddress,
  startOneRoute,
  until,
  whilePassing,
} from '../testdata/one-route.ts'
import { type RawBackend, startRawBackend } from '../testdata/raw-backend.ts'
import { openRawClient, rawExchange } from '../testdata/raw-client.ts'

const silentBackend = () => startRawBackend(() => undefined)

const put = (body: string) => `PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`

const bodyAt = (backend: RawBackend) => backend.received().replace(/^[\s\S]*?\r\n\r\n/, '')

describe('a body in chunks', () => {
  const head = 'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'

  it('is sent again whole, with the trailers that may go on', async () => {
    await using bad = await silentBackend()
    await using good = await silentBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([bad.address, good.address], clock)
    await using client = await openRawClient(path.port('app'))
    client.write(`${head}5;x=1\r\nhello\r\n6\r\n world\r\n0\r\nX-Checksum: 7\r\nAuthorization: no\r\n\r\n`)
    await until(() => bad.received().endsWith('\r\n\r\n') && bad.received().includes('X-Checksum'))
    bad.sockets[0]?.write(answer(503, 'bad'))
    await whilePassing(
      clock,
      until(() => good.received().includes('X-Checksum: 7\r\n\r\n')),
    )
    good.sockets[0]?.write(answer(200, 'ok'))
    await client.until(/^HTTP\/1\.1 200 [\s\S]*ok$/)
    for (const backend of [bad, good]) {
      expect(unchunked(bodyAt(backend))).toEqual({ body: 'hello world', trailers: 'X-Checksum: 7\r\n' })
    }
  })

  it('goes on where it was, when a connection is lost in its middle', async () => {
    await using bad = await silentBackend()
    await using good = await silentBackend()
    const clock = fakeClock()
    await using path = await startOneRoute([bad.address, good.address], clock)
    await using client = await openRawClient(path.port('app'))
    client.write(`${head}5\r\nhello\r\n`)
    await until(() => bad.received().endsWith('hello\r\n'))
    bad.sockets[0]?.resetAndDestroy()
    await whilePassing(clock, arrived(good, 1))
    client.write('6\r\n world\r\n0\r\n\r\n')
    await until(() => good.received().endsWith('0\r\n\r\n'))
    expect(unchunked(bodyAt(good))).toEqual({ body: 'hello world', trailers: '' })
    good.sockets[0]?.write(answer(200, 'ok'))
    await client.until(/ok$/)
  })
})

describe('the memory for bodies', () => {
  it('is shared: who finds no room is sent once and told so, and room comes back with each end', async () => {
    const asked: Socket[] = []
    await using backend = await startRawBackend((_head, socket) => void asked.push(socket))
    const clock = fakeClock()
    await using path = await startOneRoute([backend.address], clock, {
      route: 'retry: { attempts: 2 }',
      top: 'limits: { replayBytes: 1KiB }',
    })
    await using first = await openRawClient(path.port('app'))
    first.write(put('1'.repeat(700)))
    await until(() => backend.receivedBytes() > 700)
    await using second = await openRawClient(path.port('app'))
    second.write(put('2'.repeat(700)))
    await until(() => bodyAt(backend).endsWith('2'.repeat(700)))
    asked[1]?.write(answer(503, 'bad'))
    await second.until(/^HTTP\/1\.1 503 [\s\S]*bad$/)
    expect(path.requests()).toMatchObject([
      { flags: ['NB'], not_retried: 'the body was sent and not kept: the memory for bodies of all requests is full' },
    ])
    expect(backend.heads).toHaveLength(2)

    asked[0]?.write(answer(200, 'ok'))
    await first.until(/ok$/)
    second.write(put('3'.repeat(700)))
    await arrived(backend, 3)
    await until(() => bodyAt(backend).endsWith('3'.repeat(700)))
    asked[2]?.write(answer(503, 'bad'))
    await whilePassing(clock, arrived(backend, 4))
    await until(() => backend.received().match(/3{700}/g)?.length === 2)
  })

  it('is not used for a request that is never repeated, nor when retries are off', async () => {
    await using backend = await silentBackend()
    await using path = await startOneRoute([backend.address])
    await using off = await startOneRoute([backend.address], undefined, { route: 'retry: off' })
    const asked = [
      { to: path, request: put('x'.repeat(700)).replace('PUT', 'POST') },
      { to: off, request: put('x'.repeat(700)) },
    ]
    for (const [index, { to, request }] of asked.entries()) {
      await using client = await openRawClient(to.port('app'))
      client.write(request)
      await until(() => backend.received().match(/x{700}/g)?.length === index + 1)
      expect(await to.metric('replay_bytes')).toBe(0)
    }
  })

  it('is given back with the head of the answer, however long the answer takes', async () => {
    await using backend = await silentBackend()
    await using path = await startOneRoute([backend.address])
    await using client = await openRawClient(path.port('app'))
    client.write(put('x'.repeat(700)))
    await until(() => backend.received().endsWith('x'.repeat(700)))
    expect(await path.metric('replay_bytes')).toBeGreaterThanOrEqual(700)
    backend.sockets[0]?.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello')
    await client.until(/hello$/)
    expect(await path.metric('replay_bytes')).toBe(0)
  })
})

it('takes in the bodies of bad answers too: one that finds no room is not there when no better one comes', async () => {
  await using bad = await startRawBackend(() => answer(503, 'x'.repeat(2000)))
  const clock = fakeClock()
  await using path = await startOneRoute([bad.address, await refusingAddress()], clock, {
    route: 'retry: { attempts: 2 }',
    top: 'limits: { replayBytes: 1KiB }',
  })
  const { text } = await whilePassing(clock, rawExchange(path.port('app'), get))
  expect(problemOf(text)).toMatchObject({ status: 502, code: 'PM2103' })
  expect(bad.heads).toHaveLength(1)
})

/** What chunks carry; how they are cut does not matter. */
function unchunked(text: string): { body: string; trailers: string } {
  let body = ''
  let at = 0
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at)
    const length = Number.parseInt(text.slice(at, lineEnd), 16)
    if (length === 0) return { body, trailers: text.slice(lineEnd + 2, -2) }
    body += text.slice(lineEnd + 2, lineEnd + 2 + length)
    at = lineEnd + 2 + length + 2
  }
}
