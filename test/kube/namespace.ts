/**
 * A namespace of our own: made with the Pod Security level "restricted", labelled as ours, taken away at the end
 * with everything in it. One that an earlier run left behind is found by its label.
 */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { type Clock, systemClock } from '@podmates/shared/world/clock.ts'
import { follow } from './follow.ts'
import { releasePod } from './holding.ts'
import type { Kube } from './kube.ts'
import type { KubeObject, ListOf, Pod } from './objects.ts'
import { ApiRefusal, isNotFound, KubeTrouble } from './trouble.ts'

/** On every namespace that these tests make, with the purpose as value; nothing without it is ever removed. */
export const ownLabel = 'podmates.dev/test'
/** `host/process` of the run that made it. */
const ownerAnnotation = 'podmates.dev/run'

const removedWithinMs = 120_000
/** After so long no run of another machine is still going on. */
const abandonedAfterMs = 2 * 3_600_000

export interface OwnNamespace extends AsyncDisposable {
  readonly name: string
  /** Takes it away and waits until it is gone. @throws Error when it is still there after two minutes */
  remove(): Promise<void>
}

/**
 * @param purpose the middle of its name, such as `e2e`
 * @throws KubeTrouble when this user may not create namespaces
 */
export async function createNamespace(kube: Kube, purpose: string): Promise<OwnNamespace> {
  const name = `podmates-${purpose}-${randomBytes(3).toString('hex')}`
  const metadata = {
    name,
    labels: { [ownLabel]: purpose, 'pod-security.kubernetes.io/enforce': 'restricted' },
    annotations: { [ownerAnnotation]: `${hostname()}/${process.pid}` },
  }
  try {
    await kube.ask('/api/v1/namespaces', { method: 'POST', body: { apiVersion: 'v1', kind: 'Namespace', metadata } })
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.status !== 403) throw error
    const remedy = 'use a user with that right, such as cluster-admin of a test cluster'
    throw new KubeTrouble(`this user may not create namespaces: ${error.message}`, remedy, { cause: error })
  }
  const remove = () => removeNamespace(kube, name)
  await serviceAccountIn(kube, name).catch(async (error: unknown) => {
    await remove()
    throw error
  })
  return { name, remove, [Symbol.asyncDispose]: remove }
}

/** A Pod is refused until its namespace has the account that the controllers give to every new one. */
async function serviceAccountIn(kube: Kube, namespace: string): Promise<void> {
  await using accounts = await follow(kube, `/api/v1/namespaces/${namespace}/serviceaccounts`)
  await accounts.until('the default service account', (all) => all.find(({ metadata }) => metadata.name === 'default'))
}

/**
 * Deletes a namespace of ours and releases the Pods in it that are held.
 * @throws Error when it is still there after two minutes, or is none of ours
 */
export async function removeNamespace(kube: Kube, name: string): Promise<void> {
  const path = `/api/v1/namespaces/${name}`
  try {
    const { metadata } = await kube.askJson<KubeObject>(path)
    if (metadata.labels?.[ownLabel] === undefined) throw new Error(`namespace ${name} is none of ours`)
    await kube.ask(path, { method: 'DELETE' })
  } catch (error) {
    if (isNotFound(error)) return
    throw error
  }
  await using pods = await follow<Pod>(kube, `${path}/pods`)
  await using namespaces = await follow(kube, '/api/v1/namespaces', { fieldSelector: `metadata.name=${name}` })
  const released = new Set<Promise<void>>()
  const failed = Promise.withResolvers<never>()
  pods.onChange((pod, change) => {
    if (change === 'there') released.add(releasePod(kube, name, pod.metadata.name).catch(failed.reject))
  })
  const gone = namespaces.until(`namespace ${name} to go`, (all) => (all.length === 0 ? true : undefined), {
    timeoutMs: removedWithinMs,
  })
  await Promise.race([gone, failed.promise])
  await Promise.all(released)
}

/** A namespace of an earlier run: `ours` to remove, or perhaps one of a run that is still going on. */
export interface Leftover {
  readonly name: string
  readonly state: 'abandoned' | 'perhaps in use'
}

/** Finds what earlier runs for the same purpose left behind. */
export async function findLeftovers(kube: Kube, purpose: string, clock: Clock = systemClock): Promise<Leftover[]> {
  const query = { labelSelector: `${ownLabel}=${purpose}` }
  const { items } = await kube.askJson<ListOf<KubeObject>>('/api/v1/namespaces', { query })
  return items.map((namespace) => ({
    name: namespace.metadata.name,
    state: leftoverState(namespace, { host: hostname(), isAlive, nowMs: clock.wall() + kube.skewMs }),
  }))
}

export interface Surroundings {
  readonly host: string
  isAlive(pid: number): boolean
  /** The cluster's date. */
  readonly nowMs: number
}

/** Abandoned is one whose process is gone from this machine, or that is older than any run takes. */
export function leftoverState({ metadata }: KubeObject, { host, isAlive, nowMs }: Surroundings): Leftover['state'] {
  const [, ownerHost, pid] = /^(.*)\/(\d+)$/.exec(metadata.annotations?.[ownerAnnotation] ?? '') ?? []
  if (ownerHost === host) return isAlive(Number(pid)) ? 'perhaps in use' : 'abandoned'
  const bornMs = Date.parse(metadata.creationTimestamp ?? '')
  return nowMs - bornMs > abandonedAfterMs ? 'abandoned' : 'perhaps in use'
}

/** Signal 0 only asks; a process of another user may not be signalled, but is there. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
