import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createSilentServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connect, type Kube, requireVersion, skewOf } from './kube.ts'
import { KubeTrouble } from './trouble.ts'

const open = (server: Server): Promise<{ url: string; close: () => void }> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' ? address?.port : undefined
      resolve({ url: `http://127.0.0.1:${port}`, close: () => server.close() })
    })
  })
const listening = (handler: Parameters<typeof createServer>[1]) => open(createServer(handler))

describe('connect', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'podmates-kubeconfig-'))
    vi.stubEnv('KUBERNETES_SERVICE_HOST', undefined)
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })

  /** Connects with a KUBECONFIG of this text. */
  function connectWith(text: string, world?: Parameters<typeof connect>[1]): Promise<Kube> {
    const file = join(folder, 'config')
    writeFileSync(file, text)
    vi.stubEnv('KUBECONFIG', file)
    return connect(process.env, world)
  }

  const configOf = (
    server: string,
    parts: { readonly cluster?: object; readonly user?: object; readonly context?: object } = {},
  ): string =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: parts.cluster ?? { server, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: parts.user ?? {} }],
      contexts: [{ name: 'x', context: parts.context ?? { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    })

  it('says how to get a cluster when KUBECONFIG names no file', async () => {
    vi.stubEnv('KUBECONFIG', join(folder, 'none'))
    await expect(connect()).rejects.toMatchObject({
      message: `KUBECONFIG names no file: ${join(folder, 'none')}`,
      remedy: expect.stringContaining('kind create cluster'),
    })
  })

  it.each([
    ['broken', 'a: ['],
    ['empty', ''],
  ])('tells on one line what is wrong with a KUBECONFIG that is %s', async (_how, text) => {
    await expect(connectWith(text)).rejects.toMatchObject({
      message: expect.stringMatching(/^KUBECONFIG cannot be read: .+$/),
    })
  })

  it('says that nobody listens where the API server should be', async () => {
    const { url, close } = await listening(() => undefined)
    close()
    await expect(connectWith(configOf(url))).rejects.toMatchObject({
      message: `${url} does not answer: nobody listens there`,
    })
  })

  it('says that the API server does not know the user', async () => {
    const { url, close } = await listening((_request, answer) => answer.writeHead(401).end())
    await expect(connectWith(configOf(url))).rejects.toMatchObject({
      message: 'the API server does not know this user (401)',
    })
    close()
  })

  it.each(['http', 'https'])('gives up a server of %s that takes the connection and says nothing', async (scheme) => {
    const { url, close } = await open(createSilentServer())
    const server = url.replace(/^http/, scheme)
    await expect(connectWith(configOf(server), { firstAnswerWithinMs: 50 })).rejects.toMatchObject({
      message: `${server} does not answer: no answer in time`,
    })
    close()
  })

  it.each([
    ['a page of another program', 200, '<html>log in</html>'],
    ['an object without a version', 200, '{}'],
    ['that it knows no such path', 404, 'not here'],
    ['that it wants TLS', 400, 'Client sent an HTTP request to an HTTPS server.'],
  ])('says that it is no API server which answers with %s', async (_what, status, body) => {
    const { url, close } = await listening((_request, answer) => answer.writeHead(status).end(body))
    await expect(connectWith(configOf(url))).rejects.toMatchObject({
      message: expect.stringMatching(`^${url} does not answer as an API server of Kubernetes does: .+$`),
    })
    close()
  })

  it.each([
    ['plain HTTP that nobody allowed', { cluster: { server: 'http://127.0.0.1:1' } }, /is plain HTTP/],
    ['a server that is no URL', { cluster: { server: 'foo bar' } }, /expected https:\/\/HOST:PORT.*found "foo bar"$/],
    ['a server without a scheme', { cluster: { server: 'localhost:6443' } }, /found "localhost:6443"$/],
    ['a cluster that is not there', { context: { cluster: 'gone', user: 'u' } }, /names the cluster "gone"/],
    [
      'a certificate that is not there',
      { cluster: { server: 'https://127.0.0.1:1', 'certificate-authority': '/nowhere/ca.crt' } },
      /^KUBECONFIG cannot be used: .*\/nowhere\/ca.crt/,
    ],
    [
      'a program for the login that is not there',
      {
        user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such', interactiveMode: 'Never' } },
      },
      /^KUBECONFIG cannot be used: .*no-such/,
    ],
  ])('tells on one line that KUBECONFIG has %s', async (_what, parts, message) => {
    const trouble = await connectWith(configOf('http://127.0.0.1:1', parts)).catch((error: unknown) => error)
    expect(trouble).toBeInstanceOf(KubeTrouble)
    expect((trouble as KubeTrouble).message).toMatch(message)
    expect((trouble as KubeTrouble).message).not.toContain('\n')
    expect((trouble as KubeTrouble).remedy).toMatch(/kubectl config/)
  })
})

it.each(['v1.28.15', 'v1.9.0', 'v0.30.0'])('refuses Kubernetes %s: it has no native sidecars', (version) => {
  expect(() => requireVersion(version)).toThrow(`Kubernetes ${version} has no native sidecars`)
})

it.each(['v1.29.0', 'v1.33.13', 'v1.30.1-gke.1', 'v2.0.0'])('takes Kubernetes %s', (version) => {
  expect(requireVersion(version)).toBeUndefined()
})

describe('the skew of the clocks', () => {
  const noon = Date.parse('2026-01-01T12:00:00Z')
  const date = 'Thu, 01 Jan 2026 12:00:00 GMT'
  it.each([
    ['is none within the second that a date is rounded to', date, noon + 900, noon + 1000, 0],
    ['counts what the cluster is ahead', date, noon - 10_000, noon - 9_000, 9500],
    ['counts what it is behind', date, noon + 60_000, noon + 60_000, -60_000],
    ['is none when the answer has no date', undefined, noon, noon, 0],
  ])('%s', (_what, header, sentMs, receivedMs, skewMs) => {
    expect(skewOf(header, sentMs, receivedMs)).toBe(skewMs)
  })
})
