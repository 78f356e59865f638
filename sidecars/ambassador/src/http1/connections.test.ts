/** Messages passing through both connections, seen from the two ends as raw bytes. */
import type { Socket } from 'node:net'
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import type { Clock } from '@podmates/shared/world/clock.ts'
import { describe, expect, it } from 'vitest'
import { startDataPath } from '../testdata/data-path.ts'
import { count, pour, stalled } from '../testdata/flow.ts'
import { type Reply, startRawBackend } from '../testdata/raw-backend.ts'
import { openRawClient, rawExchange } from '../testdata/raw-client.ts'

/** One listener before one backend. */
async function between(reply?: Reply, clock?: Clock) {
  const backend = await startRawBackend(reply)
  const path = await startDataPath(
    `
listeners: { app: { address: "127.0.0.1:0", upstream: app } }
upstreams: { app: { endpoints: ["${backend.address}"] } }
`,
    clock,
  )
  return {
    backend,
    path,
    port: path.port('app'),
    [Symbol.asyncDispose]: async () => {
      await path.stop()
      await backend[Symbol.asyncDispose]()
    },
  }
}

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

/** What the backend answers and what the client gets, on a connection that it closes on its side after asking. */
const answers: readonly { what: string; request?: string; reply: string; ends?: boolean; received: string }[] = [
  {
    what: 'a body with a length',
    reply: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: 1\r\n\r\nhello',
    received: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: 1\r\nconnection: close\r\n\r\nhello',
  },
  {
    what: 'a chunked body, in chunks of its own',
    reply: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0;c\r\n\r\n',
    received: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  },
  {
    what: 'the trailers after a chunked body that cannot change what it means, and their announcement',
    reply:
      'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nSet-Cookie: a\r\n\r\n',
    received:
      'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n',
  },
  {
    what: 'a body without its trailers to an HTTP/1.0 client',
    request: 'GET / HTTP/1.0\r\n\r\n',
    reply: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx: 1\r\n\r\n',
    received: 'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello',
  },
  {
    what: 'several hints before the answer, of kinds it does not know',
    reply:
      'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 199 Odd\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
    received:
      'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 199 Odd\r\n\r\nHTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n',
  },
  {
    what: 'a body until the end of the connection, as chunks',
    reply: 'HTTP/1.1 200 OK\r\n\r\nhello',
    ends: true,
    received: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  },
  {
    what: 'an answer of an HTTP/1.0 server',
    reply: 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok',
    received: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nconnection: close\r\n\r\nok',
  },
  {
    what: 'the length of a body that HEAD does not get',
    request: 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n',
    reply: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
    received: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nconnection: close\r\n\r\n',
  },
  {
    what: '204',
    reply: 'HTTP/1.1 204 No Content\r\n\r\n',
    received: 'HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n',
  },
  {
    what: '304 with the length of what it does not send',
    reply: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
    received: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nconnection: close\r\n\r\n',
  },
  {
    what: 'a hint before the answer',
    reply: 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    received:
      'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nconnection: close\r\n\r\nok',
  },
  {
    what: 'no hint to an HTTP/1.0 client, and the body without chunks',
    request: 'GET / HTTP/1.0\r\n\r\n',
    reply:
      'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    received: 'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello',
  },
]

describe('passes on', () => {
  it.each(answers)('$what', async ({ request = get, reply, ends = false, received }) => {
    await using pair = await between((_head, socket) => {
      if (ends) socket.end(reply, 'latin1')
      else socket.write(reply, 'latin1')
      return undefined
    })
    const { text, ending } = await rawExchange(pair.port, request)
    expect(text).toBe(received)
    expect(ending).toBe('closed')
  })

  it.each(answers)('$what, when it comes byte by byte', async ({ request = get, reply, ends = false, received }) => {
    await using pair = await between((_head, socket) => {
      void dribble(reply, socket).then(() => (ends ? socket.end() : undefined))
      return undefined
    })
    const { text } = await rawExchange(pair.port, request)
    expect(joinChunks(text)).toBe(joinChunks(received))
  })
})

/** Writes each byte as a packet of its own, as far as the kernel lets it. */
async function dribble(text: string, socket: Socket): Promise<void> {
  for (const character of text) {
    await new Promise<void>((resolve) => socket.write(character, 'latin1', () => setImmediate(resolve)))
  }
}

/** The same message whatever its chunks are. */
function joinChunks(text: string): string {
  return text.replace(/(\r\n\r\n)((?:[0-9a-f]+\r\n[^\r]*\r\n)+)/, (_, end: string, chunks: string) => {
    return end + chunks.replace(/[0-9a-f]+\r\n([^\r]*)\r\n/g, '$1')
  })
}

describe('a request', () => {
  it('reaches the backend with its lines as they came, but those meant for one connection', async () => {
    await using pair = await between()
    await rawExchange(
      pair.port,
      'GET /a?b=c HTTP/1.1\r\nHost: shop:80\r\nConnection: keep-alive\r\nUser-Agent: Go/1\r\n\r\n',
    )
    expect(pair.backend.received()).toBe('GET /a?b=c HTTP/1.1\r\nHost: shop:80\r\nUser-Agent: Go/1\r\n\r\n')
  })

  it('of HTTP/1.0 gets the Host that it lacks', async () => {
    await using pair = await between()
    await rawExchange(pair.port, 'GET / HTTP/1.0\r\n\r\n')
    expect(pair.backend.received()).toBe(`GET / HTTP/1.1\r\nhost: ${pair.backend.address}\r\n\r\n`)
  })

  it('with a chunked body is framed anew, its extensions dropped, and its trailers kept but those that are decided by', async () => {
    await using pair = await between()
    await rawExchange(
      pair.port,
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0a;x\r\n0123456789\r\n0\r\nt: 1\r\nAuthorization: a\r\nx_forwarded_for: b\r\n\r\n',
    )
    expect(pair.backend.received()).toBe(
      'POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\nt: 1\r\n\r\n',
    )
  })

  it('that waits for 100 gets the one of the backend, and then sends its body', async () => {
    await using pair = await between((head, socket) => {
      if (head.startsWith('PUT')) socket.write('HTTP/1.1 100 Continue\r\n\r\n')
      socket.once('data', () => socket.write('HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n'))
      return undefined
    })
    await using client = await openRawClient(pair.port)
    client.write('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n')
    await client.until(/100 Continue\r\n\r\n$/)
    client.write('hello')
    await client.until(/201 Created/)
    expect(pair.backend.received()).toMatch(/\r\n\r\nhello$/)
  })

  it('that is answered before its body is complete ends the connection, so that the rest is not taken for a request', async () => {
    await using pair = await between(() => 'HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n')
    await using client = await openRawClient(pair.port)
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhello')
    const text = await client.until(/401/)
    expect(text).toContain('connection: close\r\n')
    client.write(get)
    expect(await client.closed).toBe('closed')
    expect(pair.backend.heads).toHaveLength(1)
  })

  it('is dropped at the backend when the client closes its side, as a cancelled call does', async () => {
    await using pair = await between(() => undefined)
    await using client = await openRawClient(pair.port)
    client.write(get)
    while (pair.backend.heads.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const [socket] = pair.backend.sockets
    const dropped = new Promise((resolve) => socket?.once('close', resolve))
    client.socket.end()
    await dropped
    expect(await client.closed).toBe('closed')
    expect(pair.path.requests()).toMatchObject([{ status: 499, flags: ['DC'], attempts: [{}] }])
    expect(pair.backend.heads).toHaveLength(1)
  })

  it('is answered in its turn when several are sent at once', async () => {
    await using pair = await between((head) => {
      const body = head.split(' ')[1] ?? ''
      return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`
    })
    const requests = Array.from({ length: 50 }, (_, index) => `GET /${index} HTTP/1.1\r\nHost: a\r\n\r\n`)
    const { text } = await rawExchange(pair.port, requests.join(''))
    const bodies = text
      .split('\r\n\r\n')
      .slice(1)
      .map((part) => /^\/\d+/.exec(part)?.[0])
    expect(bodies).toEqual(requests.map((_, index) => `/${index}`))
    expect(pair.backend.connections()).toBe(1)
  })
})

describe('the connection to the backend', () => {
  it('carries one request after another', async () => {
    await using pair = await between()
    for (let index = 0; index < 5; index += 1) await rawExchange(pair.port, get)
    expect(pair.backend.heads).toHaveLength(5)
    expect(pair.backend.connections()).toBe(1)
  })

  it.each([
    {
      when: 'the backend says that it closes',
      reply: 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok',
    },
    { when: 'bytes follow the answer', reply: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n' },
    { when: 'the backend speaks HTTP/1.0', reply: 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok' },
  ])('is not used again when $when', async ({ reply }) => {
    await using pair = await between(() => reply)
    for (let index = 0; index < 3; index += 1) {
      const { text } = await rawExchange(pair.port, get)
      expect(text).toMatch(/200 OK[\s\S]*\r\n\r\nok$/)
    }
    expect(pair.backend.connections()).toBe(3)
  })

  it('is not used again when the answer came before the request was complete', async () => {
    await using pair = await between()
    await using client = await openRawClient(pair.port)
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhello')
    await client.until(/ok$/)
    expect((await rawExchange(pair.port, get)).text).toMatch(/ok$/)
    expect(pair.backend.connections()).toBe(2)
  })

  it('is dropped when bytes come that nobody asked for, so that they answer no later request', async () => {
    // Time stands still, so that it is not closed for being idle.
    await using pair = await between(undefined, fakeClock())
    await rawExchange(pair.port, get)
    const [socket] = pair.backend.sockets
    const closed = new Promise((resolve) => socket?.once('close', resolve))
    socket?.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil')
    await closed
    expect((await rawExchange(pair.port, get)).text).toMatch(/ok$/)
    expect(pair.backend.connections()).toBe(2)
  })
})

describe('back-pressure', () => {
  const bytes = 64 * 1024 * 1024

  it('of a client that does not read reaches the backend, and nothing is lost', async () => {
    let sent = { bytes: 0 }
    await using pair = await between((_head, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${bytes}\r\n\r\n`)
      sent = pour(bytes, socket)
      return undefined
    })
    await using client = await openRawClient(pair.port)
    client.socket.pause()
    client.write(get)
    await stalled(() => sent.bytes)
    expect(sent.bytes).toBeLessThan(bytes / 2)
    client.socket.removeAllListeners('data')
    const received = await count(client.socket, bytes)
    expect(received).toBeGreaterThan(bytes)
  })

  it('of a client that sends requests and reads no answers holds up its requests, and none is lost', {
    timeout: 30_000,
  }, async () => {
    const requests = 150_000
    await using path = await startDataPath(`
listeners: { app: { address: "127.0.0.1:0", routes: [{ status: 404 }] } }
log: { access: all }
upstreams: { app: { endpoints: ["127.0.0.1:1"] } }
`)
    const answered = () => path.requestCount()
    await using client = await openRawClient(path.port('app'))
    client.socket.removeAllListeners('data')
    client.socket.pause()
    client.write(`${get.repeat(requests - 1)}GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    await stalled(answered)
    expect(answered()).toBeLessThan(requests / 2)
    client.socket.resume()
    expect(await client.closed).toBe('closed')
    expect(answered()).toBe(requests)
  })

  it('of a backend that does not read reaches the client, and nothing is lost', async () => {
    await using pair = await between((_head, socket) => {
      socket.pause()
      return undefined
    })
    await using client = await openRawClient(pair.port)
    client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes}\r\n\r\n`)
    const sent = pour(bytes, client.socket)
    await stalled(() => sent.bytes)
    expect(sent.bytes).toBeLessThan(bytes / 2)
    pair.backend.sockets[0]?.resume()
    const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes}\r\n\r\n`
    await stalled(() => pair.backend.receivedBytes())
    expect(pair.backend.receivedBytes()).toBe(bytes + head.length)
  })
})
