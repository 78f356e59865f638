/** A named set of endpoints that serve the same thing, whatever discovery finds them, and who takes the next request. */
import type { Part, StopFacts } from '@podmates/shared/lifecycle/part.ts'
import type { Logger } from '@podmates/shared/log/logger.ts'
import type { Cancel } from '@podmates/shared/world/clock.ts'
import { type Discovery, type DiscoveryTarget, type FoundEndpoint, staticDiscovery } from './discovery/discovery.ts'
import { type DnsDiscoveryWorld, dnsDiscovery } from './discovery/dns-discovery.ts'
import { compareEndpoints } from './discovery/endpoint-set.ts'
import { Endpoint } from './endpoint.ts'
import type { Lease } from './lease.ts'
import { ejectOutliers } from './outlier/eject-outliers.ts'
import type { Ask, NoPlace, Waiter, Waiting } from './place.ts'
import { Places, type PlacesWorld } from './places.ts'
import type { CircuitState } from './upstream-event.ts'
import type { UpstreamOptions } from './upstream-options.ts'

export interface UpstreamWorld extends DnsDiscoveryWorld, PlacesWorld {
  readonly log: Logger
}

/** What is known of the endpoints. `failed`: the last look-up failed; endpoints found before it are still used. */
export type DiscoveryState =
  | { readonly state: 'waiting' | 'found' }
  | { readonly state: 'failed'; readonly code: string }

/** What an upstream shows of itself, worked out when it is asked. */
export interface UpstreamFacts {
  /** Attempts in flight. */
  readonly active: number
  /** Attempts more that `limits.requests` would allow. */
  readonly left: number
  /** Milliseconds since the last look-up that found something; undefined for fixed endpoints, and before the first. */
  readonly foundAgoMs: number | undefined
  /** Attempts in the queue. */
  readonly waiting: number
  /** So few endpoints are healthy that all are used, and the circuit lets them be. */
  readonly isPanic: boolean
  /** Endpoints that are neither unhealthy nor out by their circuit. */
  readonly healthy: number
  readonly ejected: number
  /** The circuit of the whole upstream. */
  readonly circuit: CircuitState
}

export class Upstream implements Part, DiscoveryTarget {
  readonly name: string
  readonly label: string
  readonly #options: UpstreamOptions
  readonly #world: UpstreamWorld
  readonly #places: Places
  readonly #discovery: Discovery
  #endpoints: readonly Endpoint[] = []
  #state: DiscoveryState = { state: 'waiting' }
  #foundMs: number | undefined
  #cancelComparison: Cancel | undefined

  constructor(options: UpstreamOptions, world: UpstreamWorld) {
    const { label, source, policy } = options
    this.name = `upstream ${label}`
    this.label = label
    this.#options = options
    this.#world = world
    this.#places = new Places({ label, policy, whyNone: () => this.#whyNone() }, world)
    this.#discovery =
      source.dns === undefined ? staticDiscovery(source.endpoints ?? [], this) : dnsDiscovery(this, source.dns, world)
  }

  get endpoints(): readonly Endpoint[] {
    return this.#endpoints
  }

  get discovery(): DiscoveryState {
    return this.#state
  }

  get facts(): UpstreamFacts {
    const { active, waiting, isPanic, healthy, circuit } = this.#places
    const ejected = this.#endpoints.filter(({ state }) => state === 'ejected').length
    const left = this.#options.policy.limits.requests - active
    const foundAgoMs = this.#foundMs === undefined ? undefined : this.#world.clock.now() - this.#foundMs
    return { active, left, foundAgoMs, waiting, isPanic, healthy, ejected, circuit }
  }

  /**
   * A place at an endpoint for one attempt: at once, later (the limits are used up and the queue has room), or not at all.
   * @param waiter told later when the answer is `waiting`
   */
  acquire(ask: Ask, waiter: Waiter): Lease | Waiting | NoPlace {
    return this.#places.acquire(ask, waiter)
  }

  /** From here on whoever waits for a place or asks for one is told `stopping`; attempts in flight go on. Harmless afterwards. */
  shut(): void {
    this.#places.shut()
  }

  #whyNone(): 'no_endpoint' | 'name_not_found' {
    return this.#state.state === 'failed' ? 'name_not_found' : 'no_endpoint'
  }

  start(signal: AbortSignal): Promise<void> {
    this.#scheduleComparison()
    return this.#discovery.start(signal)
  }

  /** Listeners have stopped before, so no connection is in use. */
  async stop(): Promise<StopFacts> {
    this.#cancelComparison?.()
    this.#discovery.stop()
    for (const endpoint of this.#endpoints) endpoint.retire()
    this.#places.stop()
    return {}
  }

  #scheduleComparison(): void {
    const { outlier } = this.#options.policy
    if (outlier === undefined) return
    this.#cancelComparison = this.#world.clock.after(outlier.intervalMs, () => {
      this.#scheduleComparison()
      ejectOutliers(this.#endpoints, outlier)
    })
  }

  onFound(found: readonly FoundEndpoint[]): void {
    // Those of the first time are all new: none of them is cold against the others.
    const start = this.#state.state === 'waiting' ? 'warm' : 'cold'
    this.#state = { state: 'found' }
    if (this.#options.source.dns !== undefined) this.#foundMs = this.#world.clock.now()
    const { kept, added, removed } = compareEndpoints(this.#endpoints, found)
    if (added.length === 0 && removed.length === 0) return
    const created = added.map((each) => this.#createEndpoint(each, start))
    this.#endpoints = [...kept, ...created]
    for (const endpoint of removed) endpoint.retire()
    this.#places.setEndpoints(this.#endpoints)
    for (const endpoint of created) endpoint.start()
    const fields = { upstream: this.label, endpoints: this.#endpoints.map((endpoint) => endpoint.address) }
    this.#world.log.info({ ...fields, removed: removed.map((endpoint) => endpoint.address) }, 'endpoints changed')
  }

  #createEndpoint(found: FoundEndpoint, start: 'warm' | 'cold'): Endpoint {
    const { rules, policy } = this.#options
    return new Endpoint({ ...found, rules, policy, start }, this.#world, () => this.#places.refresh())
  }

  onFailed(code: string): void {
    this.#state = { state: 'failed', code }
  }
}
