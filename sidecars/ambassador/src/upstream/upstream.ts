/** A named set of endpoints that serve the same thing, whatever discovery finds them, and who takes the next request. */
import type { Address } from '@podmates/shared/config/values/address.ts'
import type { Part, StopFacts } from '@podmates/shared/lifecycle/part.ts'
import type { Logger } from '@podmates/shared/log/logger.ts'
import type { Random } from '@podmates/shared/world/random.ts'
import { type Balancer, roundRobin } from './balancer/round-robin.ts'
import { type Discovery, type DiscoveryTarget, staticDiscovery } from './discovery/discovery.ts'
import { type DnsDiscoveryWorld, dnsDiscovery } from './discovery/dns-discovery.ts'
import { compareEndpoints } from './discovery/endpoint-set.ts'
import { type ConnectionRules, Endpoint } from './endpoint.ts'
import { Lease, type LeaseOwner } from './lease.ts'
import type { Ask, NoPlace, Waiter, Waiting } from './place.ts'
import type { UpstreamEvent } from './upstream-event.ts'
import type { UpstreamOptions } from './upstream-options.ts'

export interface UpstreamWorld extends DnsDiscoveryWorld {
  readonly random: Random
  readonly log: Logger
  /** Told of every change of state, at once. */
  readonly onUpstreamEvent?: (event: UpstreamEvent) => void
}

/** What is known of the endpoints. `failed`: the last look-up failed; endpoints found before it are still used. */
export type DiscoveryState =
  | { readonly state: 'waiting' | 'found' }
  | { readonly state: 'failed'; readonly code: string }

export class Upstream implements Part, DiscoveryTarget, LeaseOwner {
  readonly name: string
  readonly label: string
  readonly #rules: ConnectionRules
  readonly #world: UpstreamWorld
  readonly #balance: Balancer<Endpoint>
  readonly #discovery: Discovery
  #endpoints: readonly Endpoint[] = []
  #state: DiscoveryState = { state: 'waiting' }

  constructor({ label, source, rules }: Omit<UpstreamOptions, 'policy'>, world: UpstreamWorld) {
    this.name = `upstream ${label}`
    this.label = label
    this.#rules = rules
    this.#world = world
    this.#balance = roundRobin(world.random)
    this.#discovery =
      source.dns === undefined ? staticDiscovery(source.endpoints ?? [], this) : dnsDiscovery(this, source.dns, world)
  }

  get endpoints(): readonly Endpoint[] {
    return this.#endpoints
  }

  get discovery(): DiscoveryState {
    return this.#state
  }

  /** @param tried where the request has been; avoided while there is another endpoint */
  pick(tried: readonly Endpoint[]): Endpoint | undefined {
    return this.#balance(this.#endpoints, tried)
  }

  /**
   * A place at an endpoint for one attempt: at once, later (the limits are used up and the queue has room), or not at all.
   * @param waiter told later when the answer is `waiting`
   */
  acquire(ask: Ask, _waiter: Waiter): Lease | Waiting | NoPlace {
    const endpoint = this.#balance(this.#endpoints, ask.tried)
    if (endpoint !== undefined) return new Lease(endpoint, false, this)
    return { kind: 'none', why: this.#state.state === 'failed' ? 'name_not_found' : 'no_endpoint' }
  }

  onReleased(_lease: Lease): void {}

  start(signal: AbortSignal): Promise<void> {
    return this.#discovery.start(signal)
  }

  /** Listeners have stopped before, so no connection is in use. */
  async stop(): Promise<StopFacts> {
    this.#discovery.stop()
    for (const endpoint of this.#endpoints) endpoint.retire()
    return {}
  }

  onFound(addresses: readonly Address[]): void {
    this.#state = { state: 'found' }
    const { kept, added, removed } = compareEndpoints(this.#endpoints, addresses)
    if (added.length === 0 && removed.length === 0) return
    this.#endpoints = [...kept, ...added.map((address) => new Endpoint(address, this.#rules, this.#world))]
    for (const endpoint of removed) endpoint.retire()
    const fields = { upstream: this.label, endpoints: this.#endpoints.map((endpoint) => endpoint.address) }
    this.#world.log.info({ ...fields, removed: removed.map((endpoint) => endpoint.address) }, 'endpoints changed')
  }

  onFailed(code: string): void {
    this.#state = { state: 'failed', code }
  }
}
