/** Clients that are many, slow or rude: memory stays bounded, nothing is left behind, and others are served meanwhile. */
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../../conformance/until.ts'
import { type Inventory, type Stage, startStage } from './stage.ts'
import { wire } from './wire.ts'

let stage: Stage
let inventory: Inventory

beforeAll(async () => {
  stage = await startStage({
    inventories: ['one'],
    where: 'host',
    // Of which the kernel keeps a good part for the sockets.
    memoryMiB: 160,
    config: (addresses, port) => `
listeners:
  egress:
    address: 127.0.0.1:${port}
    timeouts: { head: 2s }
    connections: 10000
    routes: [{ upstream: inventory, timeout: 1m }]
upstreams: { inventory: { endpoints: ${JSON.stringify(addresses)} } }
`,
  })
  inventory = stage.inventories[0] as Inventory
})
afterAll(async () => stage?.[Symbol.asyncDispose]())

const mebibyte = 2 ** 20
const resident = (): Promise<number> => stage.ambassador.residentBytes()
const clientConnections = (): Promise<number> => stage.ambassador.metric('client_connections{listener="egress"}')
const isServed = async (): Promise<void> => {
  const answer = await fetch(`${stage.ambassador.url}/v1/stock/lamp`)
  expect(answer.status).toBe(200)
  await answer.arrayBuffer()
}

it('a client that does not read holds the upstream back, and gets every byte once it does', async () => {
  await isServed()
  const before = await resident()
  using client = wire(stage.ambassador.port)
  const size = 256 * mebibyte
  let received = 0
  client.socket.removeAllListeners('data')
  client.socket.pause()
  client.send(`GET /v1/bytes?size=${size} HTTP/1.1\r\nHost: inventory\r\nConnection: close\r\n\r\n`)
  const sent = await settled(async () => (await inventory.stats()).streamedBytes)
  // What the kernels of three connections hold, however much more the upstream would send.
  expect(sent).toBeGreaterThan(0)
  expect(sent).toBeLessThan(64 * mebibyte)
  expect((await resident()) - before).toBeLessThan(16 * mebibyte)
  await isServed()

  client.socket.on('data', (data) => {
    received += data.length
  })
  client.socket.resume()
  await client.ended
  expect(received).toBeGreaterThan(size)
  expect(received - size).toBeLessThan(1000)
})

it('a client that sends its head byte by byte is answered with 408 and closed, and none waits for it', async () => {
  const slow = Array.from({ length: 200 }, () => wire(stage.ambassador.port))
  for (const client of slow) client.send('GET /v1/stock/lamp HTTP/1.1\r\nHost: inventory\r\nX-Slow: ')
  const drip = setInterval(() => {
    for (const client of slow) client.send('x')
  }, 100)
  await isServed()
  const answers = await Promise.all(slow.map(({ ended }) => ended))
  clearInterval(drip)
  expect(answers.filter((answer) => answer.startsWith('HTTP/1.1 408 ') && answer.includes('PM2009'))).toHaveLength(200)
})

it('ten thousand idle connections are held, one more is answered with 503, and the memory for them is bounded', async () => {
  await isServed()
  const before = await resident()
  const idle: Socket[] = []
  while (idle.length < 10_000) {
    const some = await Promise.all(Array.from({ length: 500 }, () => connected(stage.ambassador.port)))
    idle.push(...some)
    // Those of fetch are among the ten thousand, too.
    if (idle.length === 9_500) break
  }
  await until('all connections', async () => (await clientConnections()) >= 9_500)
  expect((await resident()) - before).toBeLessThan(96 * mebibyte)
  await isServed()
  while ((await clientConnections()) < 10_000) idle.push(await connected(stage.ambassador.port))
  using surplus = wire(stage.ambassador.port)
  surplus.send('GET /v1/stock/lamp HTTP/1.1\r\nHost: inventory\r\n\r\n')
  expect(await surplus.ended).toMatch(/^HTTP\/1\.1 503 [\s\S]*PM2014/)
  for (const socket of idle) socket.destroy()
  await until('all to be closed', async () => (await clientConnections()) < 10)
  await isServed()
})

it('a hundred thousand resets, at every point of a request, leave nothing behind', async () => {
  await isServed()
  await Promise.all(Array.from({ length: 50 }, (_, number) => resets(stage.ambassador.port, 100, number)))
  const before = await resident()
  await Promise.all(Array.from({ length: 50 }, (_, number) => resets(stage.ambassador.port, 2000, number)))
  await isServed()
  await until('all to be closed', async () => (await clientConnections()) < 10)
  await until('no attempt to be left', async () => {
    const busy = await stage.ambassador.metric('upstream_connections{upstream="inventory",state="busy"}')
    return busy === 0
  })
  expect((await resident()) - before).toBeLessThan(64 * mebibyte)
}, 400_000)

/** One client that connects and breaks off, again and again, each time at another point. */
async function resets(port: number, times: number, from: number): Promise<void> {
  for (let index = 0; index < times; index += 1) await reset(port, (from + index) % 4)
}

function reset(port: number, point: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
    socket.on('connect', () => {
      const request = 'GET /v1/stock/lamp HTTP/1.1\r\nHost: inventory\r\n\r\n'
      if (point === 0) socket.resetAndDestroy()
      else if (point === 1) socket.write(request.slice(0, 20), () => socket.resetAndDestroy())
      else if (point === 2) socket.write(request, () => socket.resetAndDestroy())
      else socket.write(request)
    })
    socket.on('data', () => socket.resetAndDestroy())
  })
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.on('error', reject)
  })
}

/** The value that no longer changes: the same for ten looks, half a second. */
async function settled(read: () => Promise<number>): Promise<number> {
  let last = -1
  let same = 0
  await until('the value to settle', async () => {
    const now = await read()
    same = now === last ? same + 1 : 0
    last = now
    return same >= 10
  })
  return last
}
