import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { fakeClock } from '../testing/fake-clock.ts'
import { freePort } from '../testing/free-port.ts'
import { systemClock } from '../world/clock.ts'
import { type AdminQuestion, askAdmin } from './admin-client.ts'

const closers: (() => void)[] = []

afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** A server that does with each connection what it is told. */
async function peer(react: (socket: Socket) => void): Promise<AdminQuestion> {
  const server = createServer((socket) => {
    closers.push(() => socket.destroy())
    socket.on('error', () => {})
    react(socket)
  })
  server.listen(0, '127.0.0.1')
  closers.push(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { host: '127.0.0.1', port, method: 'GET', path: '/livez' }
}

const answering = (bytes: string) => peer((socket) => socket.once('data', () => socket.end(bytes)))

it('sends one complete request, with the header that changes need', async () => {
  let seen = ''
  const question = await peer((socket) =>
    socket.once('data', (bytes) => {
      seen = bytes.toString()
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
    }),
  )
  await askAdmin({ ...question, method: 'POST', path: '/loglevel', body: '{"level":"ä"}' }, systemClock)
  expect(seen).toBe(
    `POST /loglevel HTTP/1.1\r\nhost: 127.0.0.1:${question.port}\r\nconnection: close\r\npodmates: 1\r\n` +
      'content-length: 14\r\n\r\n{"level":"ä"}',
  )
})

it('answers status and body, whatever the status', async () => {
  const question = await answering('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 9\r\n\r\nstarting\n')
  expect(await askAdmin(question, systemClock)).toEqual({ kind: 'answered', status: 503, body: 'starting\n' })
})

it('puts a body together that came in pieces, in the middle of a character too', async () => {
  const bytes = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nä')
  const question = await peer((socket) =>
    socket.once('data', () => {
      socket.write(bytes.subarray(0, -1), () => setImmediate(() => socket.end(bytes.subarray(-1))))
    }),
  )
  expect(await askAdmin(question, systemClock)).toMatchObject({ kind: 'answered', body: 'ä' })
})

describe('says why it has no answer', () => {
  const reasonFor = async (question: AdminQuestion) => {
    const reply = await askAdmin(question, systemClock)
    return reply.kind === 'unreached' ? reply.reason : reply
  }

  it.each([
    ['what answers is no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'what answers is no admin server'],
    ['the answer has no length', 'HTTP/1.1 200 OK\r\n\r\nok\n', 'what answers is no admin server'],
    ['the answer is empty', '', 'what answers is no admin server'],
    ['the head is cut', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n', 'what answers is no admin server'],
    ['the body is cut', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok', 'its answer was cut short'],
  ])('when %s', async (_what, bytes, reason) => {
    expect(await reasonFor(await answering(bytes))).toBe(reason)
  })

  it('when nothing listens', async () => {
    const question: AdminQuestion = { host: '127.0.0.1', port: await freePort(), method: 'GET', path: '/' }
    expect(await reasonFor(question)).toBe('nothing listens there')
  })

  it('when the answer does not come within 3 s', async () => {
    const clock = fakeClock()
    const asked = Promise.withResolvers<void>()
    const question = await peer((socket) => socket.once('data', () => asked.resolve()))
    const reply = askAdmin(question, clock)
    await asked.promise
    await clock.advance(3000)
    expect(await reply).toEqual({ kind: 'unreached', reason: 'it did not answer within 3 s' })
  })

  it('when the answer has no end', async () => {
    const chunk = 'x'.repeat(1_048_576)
    const pour = (socket: Socket): void => {
      if (!socket.destroyed) socket.write(chunk, () => pour(socket))
    }
    expect(await reasonFor(await peer(pour))).toBe('its answer has no end')
  })

  it('when the connection is reset', async () => {
    const question = await peer((socket) => socket.once('data', () => socket.resetAndDestroy()))
    expect(await reasonFor(question)).toBe('read ECONNRESET')
  })
})

it('leaves no timer behind', async () => {
  const clock = fakeClock()
  await askAdmin(await answering('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'), clock)
  expect(clock.pending()).toBe(0)
})
