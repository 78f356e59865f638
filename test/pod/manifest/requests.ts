/** What the scheduler sets aside for a Pod with native sidecars (KEP-753; S17). */
import type { ContainerSpec, PodSpec } from './pod-manifest.ts'
import { parseQuantity } from './quantity.ts'

/**
 * The larger of what runs at last, sidecars and apps together, and of what each plain init container needs beside
 * the sidecars listed before it. So a big init container is cheaper above the sidecars than below them.
 * @returns cores or bytes
 */
export function effectiveRequest(pod: PodSpec, resource: 'cpu' | 'memory'): number {
  const request = ({ resources }: ContainerSpec): number => parseQuantity(resources.requests[resource] ?? '0') ?? 0
  let sidecars = 0
  let duringInit = 0
  for (const container of pod.containers) {
    if (container.role === 'init') duringInit = Math.max(duringInit, sidecars + request(container))
    if (container.role === 'sidecar') sidecars += request(container)
  }
  const apps = pod.containers.filter(({ role }) => role === 'app').reduce((sum, app) => sum + request(app), 0)
  return Math.max(duringInit, sidecars + apps)
}
