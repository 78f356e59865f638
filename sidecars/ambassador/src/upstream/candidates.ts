/**
 * Which endpoints the next request may go to. Worked out when something changes, not for each request: with all
 * healthy and none full, choosing costs no list.
 */

/** What decides about one endpoint. */
export interface CandidateFacts {
  /** Neither unhealthy nor out by its circuit. */
  readonly isHealthy: boolean
  /** Half open, not unhealthy, and with a free slot. */
  readonly awaitsProbe: boolean
  /** Its connections are all in use. */
  readonly isFull: boolean
}

export interface Candidates<E> {
  /** Healthy ones with room, or in panic all with room. */
  readonly usable: readonly E[]
  /** Those that one request would prove well or not. */
  readonly probes: readonly E[]
  readonly isPanic: boolean
  /** Healthy ones, full or not. */
  readonly healthy: number
}

/** @param panic below this share of healthy ones all are used; 0 never */
export function candidatesAmong<E extends CandidateFacts>(endpoints: readonly E[], panic: number): Candidates<E> {
  const healthy = endpoints.filter((endpoint) => endpoint.isHealthy)
  const isPanic = healthy.length < panic * endpoints.length
  const free = (isPanic ? endpoints : healthy).filter((endpoint) => !endpoint.isFull)
  const probes = endpoints.filter((endpoint) => endpoint.awaitsProbe && !endpoint.isFull)
  return { usable: free, probes, isPanic, healthy: healthy.length }
}
