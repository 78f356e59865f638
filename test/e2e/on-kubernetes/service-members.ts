/**
 * Since when a Service sends to a Pod, and since when no more: its EndpointSlices as the watch told of them. What
 * carries them out, kube-proxy or another, follows at its own pace, which the API does not tell.
 */
import { type Followed, follow } from '../../kube/follow.ts'
import type { KubeObject } from '../../kube/objects.ts'
import type { Stage } from './stage.ts'

export interface ServiceMembers extends AsyncDisposable {
  /** When the Pod was last taken out, ms by the cluster's clock; undefined while it is in, or when it never was. */
  leftMs(pod: string): number | undefined
}

interface EndpointSlice extends KubeObject {
  /** null while there is none. */
  readonly endpoints:
    | readonly { readonly targetRef?: { readonly name?: string }; readonly conditions?: { readonly ready?: boolean } }[]
    | null
}

export async function observeMembers(stage: Stage, service: string): Promise<ServiceMembers> {
  const path = `/apis/discovery.k8s.io/v1/namespaces/${stage.namespace}/endpointslices`
  const slices: Followed<EndpointSlice> = await follow(stage.kube, path, {
    labelSelector: `kubernetes.io/service-name=${service}`,
  })
  const left = new Map<string, number>()
  let before: ReadonlySet<string> = new Set()
  slices.onChange(() => {
    const now = new Set(slices.current().flatMap(readyPods))
    for (const pod of before) if (!now.has(pod)) left.set(pod, stage.clusterMs())
    for (const pod of now) left.delete(pod)
    before = now
  })
  return {
    leftMs: (pod) => left.get(pod),
    [Symbol.asyncDispose]: () => slices[Symbol.asyncDispose](),
  }
}

const readyPods = ({ endpoints }: EndpointSlice): string[] =>
  (endpoints ?? []).flatMap(({ targetRef, conditions }) =>
    conditions?.ready === true && targetRef?.name !== undefined ? [targetRef.name] : [],
  )
