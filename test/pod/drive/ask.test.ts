import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { systemClock } from '@podmates/shared/world/clock.ts'
import { afterEach, describe, expect, it } from 'vitest'
import type { HttpGet } from '../manifest/pod-manifest.ts'
import { type AskWorld, ask, runHook } from './ask.ts'
import type { ExecResult, RunningContainer } from './driver.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function listening(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

const serve = (answer: RequestListener): Promise<number> => listening(createServer(answer))

/** A port of which nobody listens any more. */
async function closedPort(): Promise<number> {
  const port = await listening(createTcpServer())
  await new Promise((closed) => servers.pop()?.close(closed))
  return port
}

const container = (result: ExecResult): RunningContainer => ({
  exited: new Promise(() => {}),
  stopSignal: 'SIGTERM',
  signal: () => {},
  exec: async () => result,
})

const world = (changes: Partial<AskWorld> = {}): AskWorld => ({
  clock: systemClock,
  podIp: '127.0.0.1',
  container: container({ exitCode: 0, stdout: '', stderr: '' }),
  gone: new AbortController().signal,
  ...changes,
})

const get = (port: number, changes: Partial<HttpGet> = {}): HttpGet => ({
  kind: 'httpGet',
  scheme: 'http',
  port,
  path: '/',
  headers: [],
  ...changes,
})

describe('httpGet', () => {
  it.each([
    [200, true],
    [204, true],
    [302, true],
    [399, true],
    [400, false],
    [503, false],
  ])('takes %i as well: %s', async (status, ok) => {
    const port = await serve((_request, response) => response.writeHead(status).end())
    expect(await ask(get(port), 1000, world())).toEqual({ ok, message: `HTTP ${status}` })
  })

  it('asks in the manner of the kubelet, with the headers of the manifest', async () => {
    const asked: unknown[] = []
    const port = await serve(({ method, url, headers }, response) => {
      asked.push({ method, url, headers })
      response.end()
    })
    await ask(get(port, { path: '/healthz?full=1', headers: [{ name: 'X-Probe', value: 'yes' }] }), 1000, world())
    expect(asked).toEqual([
      {
        method: 'GET',
        url: '/healthz?full=1',
        headers: {
          host: `127.0.0.1:${port}`,
          'user-agent': 'kube-probe/1.36',
          accept: '*/*',
          connection: 'close',
          'x-probe': 'yes',
        },
      },
    ])
  })

  it('follows a redirect on the same host, and takes one to another host as well', async () => {
    const port = await serve(({ url }, response) => {
      if (url === '/here') response.writeHead(302, { location: '/broken' }).end()
      else if (url === '/there') response.writeHead(302, { location: 'http://192.0.2.1/' }).end()
      else response.writeHead(500).end()
    })
    expect(await ask(get(port, { path: '/here' }), 1000, world())).toEqual({ ok: false, message: 'HTTP 500' })
    expect(await ask(get(port, { path: '/there' }), 1000, world())).toEqual({ ok: true, message: 'HTTP 302' })
  })

  it('gives up following redirects that go round in a circle', async () => {
    let requests = 0
    const port = await serve((_request, response) => {
      requests += 1
      response.writeHead(302, { location: '/' }).end()
    })
    expect(await ask(get(port), 5000, world())).toEqual({ ok: true, message: 'HTTP 302' })
    expect(requests).toBe(11)
  })

  it('leaves no timer behind when the answer came in time', async () => {
    const clock = fakeClock()
    const port = await serve((_request, response) => response.end())
    expect(await ask(get(port), 1000, world({ clock }))).toMatchObject({ ok: true })
    expect(clock.pending()).toBe(0)
  })

  it('fails when no answer comes in time', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    const port = await serve(() => resolve())
    const clock = fakeClock()
    const answer = ask(get(port), 2000, world({ clock }))
    await asked
    await clock.advance(2000)
    expect(await answer).toEqual({ ok: false, message: 'no answer within 2000 ms' })
  })

  it('fails when nobody listens', async () => {
    const port = await closedPort()
    const refused = `connect ECONNREFUSED 127.0.0.1:${port}`
    expect(await ask(get(port), 1000, world())).toEqual({ ok: false, message: refused })
  })

  it('asks the host that the manifest names', async () => {
    const port = await serve((_request, response) => response.end())
    const elsewhere = world({ podIp: '192.0.2.1' })
    expect(await ask(get(port, { host: '127.0.0.1' }), 1000, elsewhere)).toMatchObject({ ok: true })
  })
})

describe('tcpSocket', () => {
  it('needs no more than a connection', async () => {
    const port = await listening(createTcpServer())
    expect(await ask({ kind: 'tcpSocket', port }, 1000, world())).toEqual({ ok: true, message: 'connected' })
  })

  it('fails when nobody listens', async () => {
    expect(await ask({ kind: 'tcpSocket', port: await closedPort() }, 1000, world())).toMatchObject({ ok: false })
  })
})

describe('exec', () => {
  it.each([
    [
      { exitCode: 0, stdout: 'fine\n', stderr: '' },
      { ok: true, message: 'exit 0: fine' },
    ],
    [
      { exitCode: 7, stdout: 'partly\n', stderr: 'broken\n' },
      { ok: false, message: 'exit 7: broken' },
    ],
    [
      { exitCode: 1, stdout: '', stderr: '' },
      { ok: false, message: 'exit 1' },
    ],
  ])('%o is %o', async (result, answer) => {
    const check = { kind: 'exec', command: ['check'] } as const
    expect(await ask(check, 1000, world({ container: container(result) }))).toEqual(answer)
  })
})

describe('a hook', () => {
  it('has no time limit of its own, and ends with its container', async () => {
    const clock = fakeClock()
    const gone = new AbortController()
    const answer = runHook({ kind: 'sleep', ms: 3_600_000 }, world({ clock, gone: gone.signal }))
    await clock.advance(600_000)
    gone.abort(new Error('the container has ended'))
    expect(await answer).toEqual({ ok: false, message: 'the container has ended' })
  })

  it('over HTTP is judged as a probe is', async () => {
    const port = await serve((_request, response) => response.writeHead(500).end())
    expect(await runHook(get(port), world())).toEqual({ ok: false, message: 'HTTP 500' })
  })
})
