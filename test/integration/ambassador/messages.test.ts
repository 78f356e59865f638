/** What HTTP/1.1 carries besides a request and its answer, through the ambassador's image to a real server in Go. */
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Inventory, type Stage, startStage } from './stage.ts'
import { wire } from './wire.ts'

let stage: Stage
let inventory: Inventory

beforeAll(async () => {
  stage = await startStage({
    inventories: ['one'],
    where: 'host',
    config: (addresses, port) => `
listeners:
  egress:
    address: 127.0.0.1:${port}
    routes: [{ upstream: inventory, timeout: 1s }]
upstreams: { inventory: { endpoints: ${JSON.stringify(addresses)} } }
`,
  })
  inventory = stage.inventories[0] as Inventory
})
afterAll(async () => stage?.[Symbol.asyncDispose]())

const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: inventory\r\n${more}\r\n`
const post = (path: string, more: string): string => `POST ${path} HTTP/1.1\r\nHost: inventory\r\n${more}\r\n`

describe('an upgrade', () => {
  it('becomes a tunnel: a WebSocket says and hears messages of all sizes, and closes', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${stage.ambassador.port}/v1/socket`)
    const heard: string[] = []
    socket.onmessage = ({ data }) => {
      heard.push(String(data))
      if (heard.length === messages.length) socket.close(1000, 'enough')
    }
    const messages = ['an upgrade', 'x'.repeat(300), 'y'.repeat(100_000)]
    socket.onopen = () => {
      for (const message of messages) socket.send(message)
    }
    const { code, wasClean } = await new Promise<CloseEvent>((resolve) => {
      socket.onclose = resolve
    })
    expect({ heard, code, wasClean }).toEqual({ heard: messages, code: 1000, wasClean: true })
    expect((await inventory.stats()).byRequest['GET /v1/socket']).toBe(1)
  })

  it('outlives the time limit of its route', async () => {
    using tunnel = wire(stage.ambassador.port)
    tunnel.send(
      get('/v1/socket', 'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'),
    )
    await tunnel.until(/^HTTP\/1\.1 101 /)
    // The limit is 1 s; this takes longer.
    await fetch(`${stage.ambassador.url}/v1/events?count=12&every=100ms`).then((answer) => answer.text())
    // A text of 14 bytes behind a mask of zeros; it comes back without a mask.
    tunnel.send('\x81\x8e\0\0\0\0Are you there?')
    await tunnel.until(/Are you there\?$/)
  })

  it('that the upstream does not want gets the answer of the upstream', async () => {
    using client = wire(stage.ambassador.port)
    client.send(get('/v1/socket', 'Upgrade: something\r\nConnection: Upgrade\r\n'))
    expect(await client.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 426 /)
  })
})

describe('an event stream', () => {
  it('comes event by event and is not cut by the time limit of its route', async () => {
    const answer = await fetch(`${stage.ambassador.url}/v1/events?count=15&every=100ms`)
    const events: string[] = []
    for await (const event of answer.body ?? []) events.push(new TextDecoder().decode(event))
    expect(events).toEqual(Array.from({ length: 15 }, (_, number) => `data: ${number}\n\n`))
  })
})

describe('trailers', () => {
  it('of an answer reach the client', async () => {
    using client = wire(stage.ambassador.port)
    client.send(get('/v1/trailers', 'TE: trailers\r\n'))
    expect(await client.until(/\r\n\r\n$/)).toMatch(/\r\n0\r\ngrpc-status: 0\r\nx-checksum: none\r\n\r\n$/i)
  })

  it('of a request reach the upstream, behind the fields that they must not change', async () => {
    using client = wire(stage.ambassador.port)
    client.send(post('/v1/request', 'Transfer-Encoding: chunked\r\nTrailer: X-Checksum\r\nX-User: alice\r\n'))
    client.send('3\r\nabc\r\n0\r\nX-Checksum: 7\r\n\r\n')
    const { received } = await answerOf(client.until(/\}$/))
    expect(received).toMatchObject({ bytes: 3, trailer: { 'X-Checksum': ['7'] }, header: { 'X-User': ['alice'] } })
  })
})

describe('an answer before the answer', () => {
  it('is passed on: 103 with its links, and then 200', async () => {
    using client = wire(stage.ambassador.port)
    client.send(get('/v1/hints'))
    expect(await client.until(/hinted/)).toMatch(/^HTTP\/1\.1 103 [\s\S]*link: <[\s\S]*\r\n\r\nHTTP\/1\.1 200 /i)
  })

  it('is 100 when the upstream asks for the body, and the body reaches it whole', async () => {
    using client = wire(stage.ambassador.port)
    client.send(post('/v1/uploads', 'Expect: 100-continue\r\nContent-Length: 3\r\n'))
    await client.until(/^HTTP\/1\.1 100 /)
    client.send('abc')
    expect((await answerOf(client.until(/\}$/))).received).toMatchObject({ bytes: 3 })
  })

  it('is not 100 when the upstream refuses the body, which is then never sent', async () => {
    using client = wire(stage.ambassador.port)
    client.send(post('/v1/uploads?early=413', 'Expect: 100-continue\r\nContent-Length: 1000000\r\n'))
    expect(await client.until(/\r\n\r\n[\s\S]*\}$/)).toMatch(/^HTTP\/1\.1 413 /)
  })
})

describe('an early answer', () => {
  it('reaches a client that is still sending', async () => {
    const size = 64 * 2 ** 20
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(`${stage.ambassador.url}/v1/uploads?early=413`, {
        method: 'POST',
        headers: { 'content-length': size },
      })
      sent.on('response', (answer) => {
        resolve(answer.statusCode)
        sent.destroy()
      })
      sent.on('error', reject)
      // Never whole: only an answer that does not wait for the body can come.
      sent.write(Buffer.alloc(2 ** 20))
    })
    expect(status).toBe(413)
  })
})

describe('the order of things', () => {
  it('is kept: requests that came at once are answered in turn', async () => {
    using client = wire(stage.ambassador.port)
    const paths = ['/v1/stock/a', '/v1/bytes?size=3', '/v1/stock/b', '/nowhere']
    client.send(paths.map((path) => get(path)).join(''))
    const text = await client.until(/HTTP\/1\.1 404/)
    expect(
      [...text.matchAll(/"sku":"(.)"|\r\n\r\n(\0\0\0)|HTTP\/1\.1 (404)/g)].map(([, a, b, c]) => a ?? b ?? c),
    ).toEqual(['a', '\0\0\0', 'b', '404'])
  })
})

describe('a client of HTTP/1.0', () => {
  it('gets chunks as one body that ends with the connection', async () => {
    using client = wire(stage.ambassador.port)
    client.send('GET /v1/events?count=2&every=1ms HTTP/1.0\r\nHost: inventory\r\n\r\n')
    const text = await client.ended
    expect(text).toMatch(/\r\n\r\ndata: 0\n\ndata: 1\n\n$/)
    expect(text).not.toMatch(/transfer-encoding/i)
  })
})

async function answerOf(text: Promise<string>): Promise<{ received: object }> {
  const whole = await text
  return JSON.parse(whole.slice(whole.indexOf('{')))
}
