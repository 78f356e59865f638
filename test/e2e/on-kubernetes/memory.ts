/** The memory of each container as the kubelet measured it: `/metrics/resource` through the API server. */
import type { Kube } from '../../kube/kube.ts'
import { ApiRefusal } from '../../kube/trouble.ts'

/** Container to the highest working set that was seen, in bytes. */
export type MemoryPeaks = Readonly<Record<string, number>>

/**
 * @returns working sets of the containers of one namespace; undefined where this user may not ask the nodes. The
 *   kubelet measures every ten seconds or so: a younger container is missing.
 */
export async function workingSets(
  kube: Kube,
  namespace: string,
  nodes: readonly string[],
): Promise<MemoryPeaks | undefined> {
  try {
    const pages = await Promise.all(nodes.map((node) => kube.ask(`/api/v1/nodes/${node}/proxy/metrics/resource`)))
    return pages.map((page) => workingSetsOf(page, namespace)).reduce(higherOf, {})
  } catch (error) {
    if (error instanceof ApiRefusal) return undefined
    throw error
  }
}

const sample = /^container_memory_working_set_bytes\{container="([^"]+)",namespace="([^"]+)",pod="[^"]+"\} (\S+)/gm

/** Reads the page of one kubelet; of several Pods the highest counts. */
export function workingSetsOf(page: string, namespace: string): MemoryPeaks {
  const own = [...page.matchAll(sample)].filter((match) => match[2] === namespace)
  return own.map(([, container = '', , bytes]) => ({ [container]: Number(bytes) })).reduce(higherOf, {})
}

export function higherOf(a: MemoryPeaks, b: MemoryPeaks): MemoryPeaks {
  const higher = Object.entries(b).map(([name, bytes]) => [name, Math.max(bytes, a[name] ?? 0)] as const)
  return { ...a, ...Object.fromEntries(higher) }
}
