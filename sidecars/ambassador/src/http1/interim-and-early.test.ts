/** Answers that do not wait for the request: 100 and other hints, and answers that come before the body is there. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { startDataPath } from '../testdata/data-path.ts'
import { type Reply, startRawBackend } from '../testdata/raw-backend.ts'
import { openRawClient } from '../testdata/raw-client.ts'

async function between(reply: Reply) {
  const backend = await startRawBackend(reply)
  const path = await pathTo(backend.address)
  return {
    backend,
    port: path.port('app'),
    [Symbol.asyncDispose]: async () => {
      await path.stop()
      await backend[Symbol.asyncDispose]()
    },
  }
}

const pathTo = (address: string) =>
  startDataPath(`
listeners: { app: { address: "127.0.0.1:0", upstream: app } }
upstreams: { app: { endpoints: ["${address}"] } }
`)

const expecting = 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n'

describe('a client that waits for 100', () => {
  it('gets at once what the upstream says, while the upstream still thinks about its answer', async () => {
    await using pair = await between(() => 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n')
    await using client = await openRawClient(pair.port)
    client.write(expecting)
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 103 Early Hints\r\nlink: a\r\n\r\n$/)
    expect(pair.backend.received()).toContain('Expect: 100-continue\r\n')
  })

  it('gets a final answer in its place, never sends its body, and the connections are closed', async () => {
    await using pair = await between(() => 'HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n')
    await using client = await openRawClient(pair.port)
    client.write(expecting)
    expect(await client.closed).toBe('closed')
    expect(client.received()).toBe('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
    expect(pair.backend.heads).toHaveLength(1)
  })

  it('and does not wait any longer, has its body passed on all the same', async () => {
    await using pair = await between(() => undefined)
    await using client = await openRawClient(pair.port)
    client.write(expecting)
    while (pair.backend.heads.length === 0) await turn()
    client.write('hello')
    while (!pair.backend.received().endsWith('\r\n\r\nhello')) await turn()
    pair.backend.sockets[0]?.write('HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n')
    await client.until(/201 Created/)
  })
})

describe('an answer that comes before the body is there', () => {
  const bytes = 16 * 1024 * 1024
  const post = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes}\r\n\r\n`
  const tooLarge = 'HTTP/1.1 413 Too Large\r\ncontent-length: 4\r\n\r\nstop'

  it('reaches a client that sends its whole body before it reads', async () => {
    await using pair = await between(() => tooLarge)
    await using client = await openRawClient(pair.port)
    client.socket.pause()
    client.write(post)
    await new Promise<void>((resolve) => client.socket.write(Buffer.alloc(bytes), () => resolve()))
    client.socket.resume()
    expect(await client.closed).toBe('closed')
    expect(client.received()).toMatch(/^HTTP\/1\.1 413 [\s\S]*stop$/)
  })

  it('reaches the client though the upstream answers without reading, and resets the connection', async () => {
    const server = createServer((socket) => {
      socket.pause()
      socket.on('error', () => undefined)
      // Closed with bytes unread, which makes it a reset right behind the answer.
      setImmediate(() => socket.write(tooLarge, () => socket.destroy()))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const path = await pathTo(`127.0.0.1:${port}`)
    for (let round = 0; round < 50; round += 1) {
      await using client = await openRawClient(path.port('app'))
      client.write(post)
      client.socket.write(Buffer.alloc(bytes / 16))
      await client.until(/stop$|502/)
      expect(client.received(), `round ${round}`).toMatch(/^HTTP\/1\.1 413 [\s\S]*stop$/)
    }
    await path.stop()
    server.close()
  })
})

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
