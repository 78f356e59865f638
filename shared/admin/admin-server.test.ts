import { once } from 'node:events'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, it } from 'vitest'
import type { Phase } from '../lifecycle/lifecycle.ts'
import { createLevelSwitch } from '../log/level-switch.ts'
import { fakeClock } from '../testing/fake-clock.ts'
import { exchange } from '../testing/raw-exchange.ts'
import { recordingLog } from '../testing/recording-log.ts'
import { type AdminLimits, type AdminServer, adminLimits, createAdminServer } from './admin-server.ts'
import type { AdminSettings } from './admin-settings.ts'

const running = new Set<AdminServer>()

afterEach(async () => {
  for (const server of running) await server.stop?.(AbortSignal.abort())
  running.clear()
})

/** An admin server on a free port, and the life that it tells of. */
async function newAdmin(settings: Partial<AdminSettings> = {}, limits: Partial<AdminLimits> = {}) {
  const clock = fakeClock()
  const log = recordingLog()
  log.level = 'info'
  const life = { phase: 'started' as Phase, started: true, drains: [] as string[] }
  const server = createAdminServer(
    { address: { host: '127.0.0.1', port: 0 }, readOnly: false, peers: 'loopback', ...settings },
    {
      life: {
        phase: () => life.phase,
        hasStarted: () => life.started,
        drain: (reason) => {
          life.drains.push(reason)
          life.phase = 'draining'
        },
      },
      levels: createLevelSwitch(log, clock),
      exposition: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'up 1\n' }),
      config: () => 'greeting: hello\n',
      status: () => [{ topic: 'phase', text: 'started 3s', facts: { seconds: 3 } }],
    },
    { log },
    { ...adminLimits, ...limits },
  )
  await server.start?.(new AbortController().signal)
  running.add(server)
  const port = server.address()?.port ?? 0
  return {
    server,
    port,
    log,
    life,
    clock,
    ask: (head: string, body = '') => exchange({ port }, request(port, head, body)),
  }
}

/** `GET /livez` with the head that podmate sends; further lines replace nothing, they are added. */
function request(port: number, head: string, body: string): string {
  const [first, ...more] = head.split('\n')
  const length = body === '' ? [] : [`content-length: ${body.length}`]
  const lines = [`${first} HTTP/1.1`, `host: 127.0.0.1:${port}`, 'connection: close', ...length, ...more]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

const statusOf = (answer: string): number => Number(answer.slice(9, 12))
const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4)

describe('the probes', () => {
  it.each([
    { phase: 'starting', started: false, startupz: 503, livez: 200, readyz: 503 },
    { phase: 'started', started: true, startupz: 200, livez: 200, readyz: 200 },
    { phase: 'draining', started: true, startupz: 200, livez: 200, readyz: 503 },
    { phase: 'stopping', started: true, startupz: 200, livez: 200, readyz: 503 },
    { phase: 'stopping', started: false, startupz: 503, livez: 200, readyz: 503 },
  ] as const)('answer $startupz $livez $readyz (startupz livez readyz) while $phase', async (row) => {
    const { ask, life } = await newAdmin()
    Object.assign(life, { phase: row.phase, started: row.started })
    expect(statusOf(await ask('GET /startupz'))).toBe(row.startupz)
    expect(statusOf(await ask('GET /livez'))).toBe(row.livez)
    expect(statusOf(await ask('GET /readyz'))).toBe(row.readyz)
  })

  it('say in which phase they refuse', async () => {
    const { ask, life } = await newAdmin()
    life.phase = 'draining'
    expect(bodyOf(await ask('GET /readyz'))).toBe('draining\n')
  })

  it('answer these bytes', async () => {
    const { ask } = await newAdmin()
    expect((await ask('GET /livez')).replace(/date: .*\r\n/i, '')).toBe(
      'HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 3\r\ncache-control: no-store\r\n' +
        'x-content-type-options: nosniff\r\nConnection: close\r\n\r\nok\n',
    )
  })

  it('answer HEAD with the same head and no body, and a query changes nothing', async () => {
    const { ask } = await newAdmin()
    const answer = await ask('HEAD /livez?verbose')
    expect(statusOf(answer)).toBe(200)
    expect(answer).toContain('content-length: 3')
    expect(bodyOf(answer)).toBe('')
  })

  it('answer while the event loop is busy with long slices of other work', async () => {
    const { ask } = await newAdmin()
    let slicesLeft = 10
    const slice = (): void => {
      const untilMs = performance.now() + 10
      while (performance.now() < untilMs);
      slicesLeft -= 1
      if (slicesLeft > 0) setImmediate(slice)
    }
    setImmediate(slice)
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('GET /livez')))
    expect(answers.map(statusOf)).toEqual(Array.from({ length: 20 }, () => 200))
  })
})

describe('metrics and details', () => {
  it.each([
    ['/metrics', 'text/plain; version=0.0.4', 'up 1\n'],
    ['/config', 'application/yaml', 'greeting: hello\n'],
    ['/status', 'application/json', '{"phase":{"seconds":3,"text":"started 3s"}}\n'],
  ])('GET %s answers %s', async (path, contentType, body) => {
    const { ask } = await newAdmin()
    const answer = await ask(`GET ${path}`)
    expect(statusOf(answer)).toBe(200)
    expect(answer).toContain(`content-type: ${contentType}\r\n`)
    expect(bodyOf(answer)).toBe(body)
  })

  it('answers probes and metrics on the Pod address, and refuses details there', async ({ skip }) => {
    const own = Object.values(networkInterfaces()).flat()
    const address = own.find((each) => each?.family === 'IPv4' && !each.internal)?.address
    if (address === undefined) return skip('this machine has no address but loopback')
    const { port } = await newAdmin({ address: { host: '0.0.0.0', port: 0 } })
    const ask = (head: string) => exchange({ port, host: address }, request(port, head, ''))
    expect(statusOf(await ask('GET /livez'))).toBe(200)
    expect(statusOf(await ask('GET /metrics'))).toBe(200)
    expect(JSON.parse(bodyOf(await ask('GET /config')))).toMatchObject({ status: 403, code: 'PM1105' })
    expect(JSON.parse(bodyOf(await ask('POST /drain\npodmates: 1')))).toMatchObject({ status: 403, code: 'PM1105' })
  })
})

describe('changes', () => {
  it('POST /drain drains once and answers the phase', async () => {
    const { ask, life } = await newAdmin()
    const answer = await ask('POST /drain\npodmates: 1')
    expect(statusOf(answer)).toBe(200)
    expect(bodyOf(answer)).toBe('{"phase":"draining"}\n')
    expect(life.drains).toEqual(['POST /drain'])
  })

  it('POST /loglevel changes the level, and takes it back after its time', async () => {
    const { ask, log, clock } = await newAdmin()
    const answer = await ask('POST /loglevel\npodmates: 1', '{"level":"debug","for":"10m"}')
    expect(JSON.parse(bodyOf(answer))).toEqual({ level: 'debug', reverts_to: 'info', for: '10m' })
    expect(log.level).toBe('debug')
    await clock.advance(600_000)
    expect(log.level).toBe('info')
  })

  it.each([
    ['debug', 'expected a JSON object such as {"level":"debug","for":"10m"}'],
    [
      '{"level":"debgu"}',
      'level: expected one of trace, debug, info, warn, error, found "debgu"; did you mean "debug"?',
    ],
    ['{"level":"debug","for":"10"}', 'for: expected a duration of 1s to 24h such as 10m, found "10"'],
    ['{"level":"debug","fro":"10m"}', 'unknown key "fro"; did you mean "for"?'],
    ['{"level":"debug","until":"10m"}', 'unknown key "until"; the keys are level, for'],
    ['{"level":"debug","for":"25h"}', 'for: expected a duration of 1s to 24h such as 10m, found "25h"'],
  ])('POST /loglevel refuses %s', async (body, detail) => {
    const { ask, log } = await newAdmin()
    const answer = await ask('POST /loglevel\npodmates: 1', body)
    expect(answer).toContain('content-type: application/problem+json\r\n')
    expect(JSON.parse(bodyOf(answer))).toEqual({
      type: 'urn:podmates:PM1110',
      title: 'the request says something that does not fit',
      status: 400,
      code: 'PM1110',
      detail,
    })
    expect(log.level).toBe('info')
  })

  it.each([
    ['without the header podmates: 1', 'POST /drain', 'PM1108'],
    ['from a page of another site', 'POST /drain\npodmates: 1\norigin: http://evil.example', 'PM1107'],
    [
      'from a page of another site that hides its origin',
      'POST /drain\npodmates: 1\nsec-fetch-site: cross-site',
      'PM1107',
    ],
  ])('are refused %s', async (_how, head, code) => {
    const { ask, life } = await newAdmin()
    expect(JSON.parse(bodyOf(await ask(head)))).toMatchObject({ status: 403, code })
    expect(life.drains).toEqual([])
  })

  it('are refused under a name that is no address', async () => {
    const { port, life } = await newAdmin()
    const answer = await exchange(
      { port },
      'POST /drain HTTP/1.1\r\nhost: rebound.example\r\npodmates: 1\r\nconnection: close\r\n\r\n',
    )
    expect(JSON.parse(bodyOf(answer))).toMatchObject({ status: 403, code: 'PM1106' })
    expect(life.drains).toEqual([])
  })

  it('are refused by admin.readOnly', async () => {
    const { ask, life } = await newAdmin({ readOnly: true })
    expect(JSON.parse(bodyOf(await ask('POST /drain\npodmates: 1')))).toMatchObject({ status: 403, code: 'PM1109' })
    expect(life.drains).toEqual([])
  })
})

describe('what does not fit', () => {
  it('names the paths when the path is unknown', async () => {
    const { ask } = await newAdmin()
    expect(JSON.parse(bodyOf(await ask('GET /healthz')))).toMatchObject({
      status: 404,
      code: 'PM1103',
      detail: 'the paths are /startupz, /livez, /readyz, /metrics, /config, /status, /drain, /loglevel',
    })
  })

  it.each([
    ['GET /drain', 'POST'],
    ['POST /livez', 'GET, HEAD'],
    ['OPTIONS /drain', 'POST'],
    ['HEAD /drain', 'POST'],
  ])('%s answers 405 and allows %s', async (head, allow) => {
    const { ask } = await newAdmin()
    const answer = await ask(`${head}\npodmates: 1`)
    expect(statusOf(answer)).toBe(405)
    expect(answer).toContain(`allow: ${allow}\r\n`)
  })

  it('answers 500 and logs the cause when an answer cannot be computed', async () => {
    const { server, log, port } = await newBrokenAdmin()
    const answer = await exchange({ port }, request(port, 'GET /metrics', ''))
    expect(JSON.parse(bodyOf(answer))).toMatchObject({ status: 500, code: 'PM1112' })
    expect(answer).not.toContain('collector fell over')
    expect(log.lines.at(-1)).toMatchObject({ level: 'error', fields: { err: new Error('collector fell over') } })
    await server.stop?.(AbortSignal.abort())
  })
})

/** An admin server whose metrics throw. */
async function newBrokenAdmin() {
  const log = recordingLog()
  const server = createAdminServer(
    { address: { host: '127.0.0.1', port: 0 }, readOnly: false, peers: 'loopback' },
    {
      life: { phase: () => 'started', hasStarted: () => true, drain: () => {} },
      levels: createLevelSwitch(log, fakeClock()),
      exposition: () => Promise.reject(new Error('collector fell over')),
      config: () => '',
      status: () => [],
    },
    { log },
  )
  await server.start?.(new AbortController().signal)
  return { server, log, port: server.address()?.port ?? 0 }
}

describe('limits', () => {
  it('refuses a head of more than 8 KiB with 431', async () => {
    const { ask } = await newAdmin()
    expect(statusOf(await ask(`GET /livez\nx: ${'x'.repeat(8192)}`))).toBe(431)
  })

  it('refuses a body of more than 4 KiB with 413 and closes, without waiting for the rest of it', async () => {
    const { port } = await newAdmin()
    const head = 'POST /loglevel HTTP/1.1\r\nhost: 127.0.0.1\r\npodmates: 1\r\ncontent-length: 1000000\r\n\r\n'
    const answer = await exchange({ port }, head + ' '.repeat(4097))
    expect(statusOf(answer)).toBe(413)
    expect(JSON.parse(bodyOf(answer))).toMatchObject({ code: 'PM1111' })
  })

  it('refuses what is no HTTP', async () => {
    const { port } = await newAdmin()
    expect(statusOf(await exchange({ port }, '\u0016\u0003\u0001 hello TLS\r\n\r\n'))).toBe(400)
  })

  it.each([
    ['in its head', 'GET /livez HTTP/1.1\r\nhost: 127.0.0.1\r\n'],
    ['in its body', 'POST /loglevel HTTP/1.1\r\nhost: 127.0.0.1\r\npodmates: 1\r\ncontent-length: 9\r\n\r\n{'],
  ])('cuts a request that stops %s', async (_where, bytes) => {
    const { port } = await newAdmin({}, { requestTimeoutMs: 50 })
    expect(statusOf(await exchange({ port }, bytes))).toBe(408)
  })

  it('forgets a client that leaves in the middle of its body', async () => {
    const { port, ask, log } = await newAdmin()
    const socket = connect({ port, host: '127.0.0.1' })
    socket.write('POST /loglevel HTTP/1.1\r\nhost: 127.0.0.1\r\npodmates: 1\r\ncontent-length: 9\r\n\r\n{')
    socket.end()
    socket.resume()
    await once(socket, 'close')
    expect(statusOf(await ask('GET /livez'))).toBe(200)
    expect(log.messages()).toEqual(['listening'])
  })

  it('makes room for a new connection by closing the one that has been silent for longest', async () => {
    const { port, ask } = await newAdmin({}, { connectionsMax: 3 })
    const silent = await Promise.all([1, 2, 3].map(() => connected(port)))
    const firstIsClosed = once(silent[0] as object as NodeJS.EventEmitter, 'close')
    expect(statusOf(await ask('GET /livez'))).toBe(200)
    await firstIsClosed
    expect(silent.map((socket) => socket.destroyed)).toEqual([true, false, false])
    for (const socket of silent) socket.destroy()
  })

  it('closes no connection that has just asked something, while others are silent', async () => {
    const { port, ask } = await newAdmin({}, { connectionsMax: 3 })
    const sockets = await Promise.all([1, 2, 3].map(() => connected(port)))
    sockets[0]?.write('GET /livez HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')
    await once(sockets[0] as object as NodeJS.EventEmitter, 'data')
    const secondIsClosed = once(sockets[1] as object as NodeJS.EventEmitter, 'close')
    expect(statusOf(await ask('GET /livez'))).toBe(200)
    await secondIsClosed
    expect(sockets.map((socket) => socket.destroyed)).toEqual([false, true, false])
    for (const socket of sockets) socket.destroy()
  })
})

async function connected(port: number) {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => {})
  socket.resume()
  await once(socket, 'connect')
  return socket
}

describe('start and stop', () => {
  it('says what to do when the port is in use', async () => {
    const { port } = await newAdmin()
    await expect(newAdmin({ address: { host: '127.0.0.1', port } })).rejects.toMatchObject({
      code: 'PM1101',
      message: `admin.address: 127.0.0.1:${port} is in use. All containers of a Pod share one network: another sidecar, the app or a second copy of this one listens there. Set admin.address to a free port.`,
    })
  })

  it('says what to do when the address is none of this machine', async () => {
    await expect(newAdmin({ address: { host: '192.0.2.1', port: 0 } })).rejects.toMatchObject({
      code: 'PM1102',
      message:
        'admin.address: 192.0.2.1:0 is no address of this Pod. Use 0.0.0.0, [::] in an IPv6 cluster, or 127.0.0.1.',
    })
  })

  it('tells the real port when it was asked for any', async () => {
    const { log, port } = await newAdmin()
    expect(port).toBeGreaterThan(0)
    expect(log.lines).toMatchObject([{ message: 'listening', fields: { part: 'admin', address: `127.0.0.1:${port}` } }])
  })

  it('stops at once although keep-alive connections are open', async () => {
    const { server, port } = await newAdmin()
    const socket = await connected(port)
    socket.write('GET /livez HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')
    await once(socket, 'data')
    running.delete(server)
    expect(await server.stop?.(new AbortController().signal)).toEqual({ cut: 0 })
  })

  it('cuts a request that is still coming in when its time to stop is over', async () => {
    const { server, port } = await newAdmin()
    const socket = await connected(port)
    socket.write('GET /livez HTTP/1.1\r\n')
    await exchange({ port }, request(port, 'GET /livez', ''))
    running.delete(server)
    expect(await server.stop?.(AbortSignal.abort())).toEqual({ cut: 1 })
  })

  it('takes back no level after it has stopped', async () => {
    const { server, ask, clock } = await newAdmin()
    await ask('POST /loglevel\npodmates: 1', '{"level":"debug","for":"10m"}')
    running.delete(server)
    await server.stop?.(AbortSignal.abort())
    expect(clock.pending()).toBe(0)
  })
})
