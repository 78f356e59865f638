import { lookup } from 'node:dns'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTcpServer, type LookupFunction, type Server } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type Attempt, tryOnce } from './attempt.ts'
import { statusDefault, type Target } from './target.ts'

const servers: { close: () => void }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

const network = { lookup }
const noEnd = new AbortController().signal

function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  servers.push(server)
  return new Promise((resolve) => {
    server.listen(0, host, () => {
      const address = server.address()
      resolve(typeof address === 'object' ? (address?.port ?? 0) : 0)
    })
  })
}

/** A port of this machine at which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createTcpServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('a tcp target', () => {
  it('is ready when it accepts a connection', async () => {
    const port = await listen(createTcpServer())
    expect(await tryOnce({ kind: 'tcp', host: '127.0.0.1', port }, noEnd, network)).toEqual({ outcome: 'ready' })
  })

  it('is not ready when it refuses', async () => {
    const port = await closedPort()
    expect(await tryOnce({ kind: 'tcp', host: '127.0.0.1', port }, noEnd, network)).toEqual({
      outcome: 'not ready',
      reason: `connection refused by 127.0.0.1:${port} (ECONNREFUSED)`,
    })
  })

  it('is ready when only its second address accepts, as localhost does without IPv6', async () => {
    const port = await listen(createTcpServer(), '127.0.0.2')
    const target: Target = { kind: 'tcp', host: 'db', port }
    expect(await tryOnce(target, noEnd, resolving(['127.0.0.3', '127.0.0.2']))).toEqual({ outcome: 'ready' })
  })

  it('tells what every address answered when none accepts', async () => {
    const port = await closedPort()
    const attempt = await tryOnce({ kind: 'tcp', host: 'db', port }, noEnd, resolving(['127.0.0.3', '127.0.0.2']))
    expect(attempt).toEqual({
      outcome: 'not ready',
      reason: `connection refused by 127.0.0.3:${port} (ECONNREFUSED), connection refused by 127.0.0.2:${port} (ECONNREFUSED)`,
    })
  })

  it('looks the name up at each try, so that a service that moves is found', async () => {
    const port = await listen(createTcpServer(), '127.0.0.2')
    const answers = [['127.0.0.3'], ['127.0.0.2']]
    const moving: LookupFunction = (...args) => resolving(answers.shift() ?? []).lookup(...args)
    const target: Target = { kind: 'tcp', host: 'db', port }
    expect(await tryOnce(target, noEnd, { lookup: moving })).toMatchObject({ outcome: 'not ready' })
    expect(await tryOnce(target, noEnd, { lookup: moving })).toEqual({ outcome: 'ready' })
  })
})

describe('an http target', () => {
  const answering = (listener: RequestListener): Promise<number> => listen(createServer(listener))
  const target = (port: number, more: Partial<Target> = {}): Target =>
    ({ kind: 'http', url: `http://127.0.0.1:${port}/healthz?full=1`, status: statusDefault, ...more }) as Target

  it.each([
    [200, { outcome: 'ready' }],
    [302, { outcome: 'ready' }],
    [404, { outcome: 'not ready', reason: 'answered 404, not 200-399' }],
    [503, { outcome: 'not ready', reason: 'answered 503, not 200-399' }],
  ] as const)('that answers %i: %o', async (status, attempt) => {
    const port = await answering((_, response) => response.writeHead(status, { location: '/' }).end('body'))
    expect(await tryOnce(target(port), noEnd, network)).toEqual<Attempt>(attempt)
  })

  it('is ready by the statuses that the config names', async () => {
    const port = await answering((_, response) => response.writeHead(401).end())
    expect(await tryOnce(target(port, { status: [{ from: 401, to: 401 }] }), noEnd, network)).toEqual({
      outcome: 'ready',
    })
  })

  it('is asked by GET, on a connection of its own that is not kept', async () => {
    const seen: object[] = []
    const port = await answering(({ method, url, headers }, response) => {
      seen.push({ method, url, connection: headers.connection })
      response.end()
    })
    await tryOnce(target(port), noEnd, network)
    expect(seen).toEqual([{ method: 'GET', url: '/healthz?full=1', connection: 'close' }])
  })

  it('is ready by its head alone, however long its body takes, and its connection is closed', async () => {
    const closed = Promise.withResolvers<void>()
    const port = await answering(({ socket }, response) => {
      socket.once('close', () => closed.resolve())
      response.writeHead(200).write('the body never ends')
    })
    expect(await tryOnce(target(port), noEnd, network)).toEqual({ outcome: 'ready' })
    await closed.promise
  })

  it('that does not answer is given up with the reason of the signal', async () => {
    const port = await answering(() => over.abort(new Error('no answer within 5000 ms')))
    const over = new AbortController()
    expect(await tryOnce(target(port), over.signal, network)).toEqual({
      outcome: 'not ready',
      reason: 'no answer within 5000 ms',
    })
  })

  it('whose port speaks something else is not ready', async () => {
    const port = await listen(createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n')))
    expect(await tryOnce(target(port), noEnd, network)).toMatchObject({ outcome: 'not ready' })
  })

  it('is hopeless when its authorities cannot be read', async () => {
    const attempt = await tryOnce(target(1, { ca: '/nowhere/ca.crt' }), noEnd, network)
    expect(attempt).toMatchObject({ outcome: 'hopeless', reason: expect.stringContaining('/nowhere/ca.crt') })
  })
})

/** A name server that knows one name. */
function resolving(addresses: readonly string[]): { lookup: LookupFunction } {
  return {
    lookup: (_host, _options, answer) =>
      answer(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      ),
  }
}
