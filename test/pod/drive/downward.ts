/** What a container may learn about its own Pod: the downward API. */
import type { ContainerSpec, PodSpec, ResourceField } from '../manifest/pod-manifest.ts'
import { parseQuantity } from '../manifest/quantity.ts'

/** What is known only once the Pod has its place. */
export interface PodFacts {
  readonly podIp: string
  readonly uid: string
  readonly nodeName: string
  /** Cores and bytes of this machine: the limit of a container that has none of its own. */
  readonly allocatable: Readonly<Record<'cpu' | 'memory', number>>
}

/** @returns undefined for a field that the downward API does not have */
export function fieldValue(path: string, pod: PodSpec, facts: PodFacts): string | undefined {
  const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path)
  if (subscript !== null) return pod[subscript[1] as 'labels' | 'annotations'][subscript[2] ?? ''] ?? ''
  switch (path) {
    case 'metadata.name':
      return pod.name
    case 'metadata.namespace':
      return pod.namespace
    case 'metadata.uid':
      return facts.uid
    case 'metadata.labels':
      return asLines(pod.labels)
    case 'metadata.annotations':
      return asLines(pod.annotations)
    case 'spec.nodeName':
      return facts.nodeName
    case 'spec.serviceAccountName':
      return pod.serviceAccountName
    case 'status.podIP':
    case 'status.podIPs':
    case 'status.hostIP':
    case 'status.hostIPs':
      return facts.podIp
    default:
      return undefined
  }
}

function asLines(values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
  return lines.sort().join('\n')
}

/** In units of the divisor, rounded up. @returns undefined for a resource that no container can have */
export function resourceValue(
  field: ResourceField,
  own: ContainerSpec,
  pod: PodSpec,
  facts: PodFacts,
): string | undefined {
  const container = pod.containers.find(({ name }) => name === field.container) ?? own
  const [list, resource] = field.resource.split('.')
  if ((list !== 'limits' && list !== 'requests') || (resource !== 'cpu' && resource !== 'memory')) return undefined
  const { limits, requests } = container.resources
  const written = list === 'limits' ? limits[resource] : (requests[resource] ?? limits[resource])
  const amount = written === undefined ? (list === 'limits' ? facts.allocatable[resource] : 0) : parseQuantity(written)
  const divisor = parseQuantity(field.divisor)
  if (amount === undefined || divisor === undefined || divisor === 0) return undefined
  return String(Math.ceil(amount / divisor))
}
