import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connect, type Kube, requireVersion } from './kube.ts'
import { createNamespace, leftoverState } from './namespace.ts'
import type { Pod } from './objects.ts'
import { podTrouble } from './pod-trouble.ts'
import { ApiRefusal } from './trouble.ts'

const listening = (handler: Parameters<typeof createServer>[1]): Promise<{ url: string; close: () => void }> =>
  new Promise((resolve) => {
    const server = createServer(handler)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' ? address?.port : undefined
      resolve({ url: `http://127.0.0.1:${port}`, close: () => server.close() })
    })
  })

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
  function connectWith(text: string): Promise<Kube> {
    const file = join(folder, 'config')
    writeFileSync(file, text)
    vi.stubEnv('KUBECONFIG', file)
    return connect()
  }

  const configOf = (server: string): string =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
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
})

it.each(['v1.28.15', 'v1.9.0', 'v0.30.0'])('refuses Kubernetes %s: it has no native sidecars', (version) => {
  expect(() => requireVersion(version)).toThrow(`Kubernetes ${version} has no native sidecars`)
})

it.each(['v1.29.0', 'v1.33.13', 'v1.30.1-gke.1', 'v2.0.0'])('takes Kubernetes %s', (version) => {
  expect(requireVersion(version)).toBeUndefined()
})

it('says that the user may not create namespaces, in the words of the API server', async () => {
  const ask = () => Promise.reject(new ApiRefusal(403, 'Forbidden', 'namespaces is forbidden: User "ann"'))
  await expect(createNamespace({ ask } as unknown as Kube, 'e2e')).rejects.toMatchObject({
    message: 'this user may not create namespaces: namespaces is forbidden: User "ann"',
    remedy: expect.stringContaining('use a user with that right'),
  })
})

describe('a namespace that is there from another run', () => {
  const nowMs = Date.parse('2026-01-01T12:00:00Z')
  const isAlive = (pid: number): boolean => pid === 1
  it.each([
    ['abandoned', 'of a process that is gone', 'here/2', '2026-01-01T11:59:00Z'],
    ['perhaps in use', 'of a process that lives', 'here/1', '2026-01-01T08:00:00Z'],
    ['perhaps in use', 'of another machine, two hours old', 'there/2', '2026-01-01T10:00:00Z'],
    ['abandoned', 'of another machine, older than two hours', 'there/2', '2026-01-01T09:59:59Z'],
    ['perhaps in use', 'of nobody, and young', undefined, '2026-01-01T11:00:00Z'],
  ])('is %s when it is %s', (state, _what, owner, creationTimestamp) => {
    const annotations = owner === undefined ? {} : { 'podmates.dev/run': owner }
    const metadata = { name: 'podmates-e2e-000000', annotations, creationTimestamp }
    expect(leftoverState({ metadata }, { host: 'here', isAlive, nowMs })).toBe(state)
  })
})

describe('podTrouble', () => {
  const podWaiting = (reason: string): Pod => ({
    metadata: { name: 'web' },
    spec: { containers: [{ name: 'app', image: 'shop/app:1' }] },
    status: { containerStatuses: [{ name: 'app', ready: false, restartCount: 0, state: { waiting: { reason } } }] },
  })

  it.each(['ErrImageNeverPull', 'ImagePullBackOff'])('names container, image and remedy of %s', (reason) => {
    expect(podTrouble(podWaiting(reason))).toMatch(new RegExp(`^app: .*--load.* \\(${reason}, shop/app:1\\)$`))
  })

  it.each(['PodInitializing', 'ContainerCreating', 'CrashLoopBackOff'])('has hope during %s', (reason) => {
    expect(podTrouble(podWaiting(reason))).toBeUndefined()
  })
})
