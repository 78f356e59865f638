/**
 * Gives places at endpoints to attempts: at once while there are any, from a queue while the limits are used up,
 * or not at all. Everything that can free a place or bring an endpoint back ends in `refresh` or `onReleased`,
 * and both wake the queue.
 */
import type { Clock } from '@podmates/shared/world/clock.ts'
import type { Random } from '@podmates/shared/world/random.ts'
import type { Balancer } from './balancer/balancer.ts'
import { createBalancer } from './balancer/balancers.ts'
import { Breaker } from './breaker/breaker.ts'
import type { Outcome } from './breaker/circuit.ts'
import { type Candidates, candidatesAmong } from './candidates.ts'
import type { Endpoint } from './endpoint.ts'
import { Lease, type LeaseOwner } from './lease.ts'
import type { Ask, NoPlace, NoPlaceReason, Waiter, Waiting } from './place.ts'
import { WaitQueue } from './queue/wait-queue.ts'
import type { CircuitState, EndpointState, UpstreamEvent } from './upstream-event.ts'
import type { UpstreamPolicy } from './upstream-options.ts'

export interface PlacesWorld {
  readonly clock: Clock
  readonly random: Random
  /** Told of every change of state, at once. */
  readonly onUpstreamEvent: (event: UpstreamEvent) => void
}

export interface PlacesOptions {
  /** The upstream, as the configuration calls it. */
  readonly label: string
  readonly policy: UpstreamPolicy
  /** Why there is no endpoint, when there is none. */
  readonly whyNone: () => 'no_endpoint' | 'name_not_found'
}

interface QueuedAsk {
  readonly ask: Ask
  readonly waiter: Waiter
}

export class Places implements LeaseOwner {
  readonly #label: string
  readonly #policy: UpstreamPolicy
  readonly #whyNone: PlacesOptions['whyNone']
  readonly #world: PlacesWorld
  readonly #balancer: Balancer<Endpoint>
  readonly #breaker: Breaker | undefined
  readonly #queue: WaitQueue<QueuedAsk>
  readonly #told = new Map<Endpoint, EndpointState>()
  #endpoints: readonly Endpoint[] = []
  #candidates: Candidates<Endpoint>
  #active = 0
  #openCircuits = 0
  #toldCircuit: CircuitState = 'closed'
  #toldPanic = false
  #isServing = false
  #isShut = false

  constructor({ label, policy, whyNone }: PlacesOptions, world: PlacesWorld) {
    this.#label = label
    this.#policy = policy
    this.#whyNone = whyNone
    this.#world = world
    this.#balancer = createBalancer(policy.balancer, world.random)
    if (policy.breaker !== undefined) {
      // No row for the upstream: one endpoint that dies with many requests in flight would shut out all the others.
      const rules = { ...policy.breaker, consecutive: Number.POSITIVE_INFINITY }
      this.#breaker = new Breaker(rules, world, () => this.#onCircuit())
    }
    this.#queue = new WaitQueue(policy.limits.queueTimeoutMs, world.clock, ({ waiter }) =>
      waiter.onNoPlace('queue_timeout'),
    )
    this.#candidates = candidatesAmong<Endpoint>([], policy.panic)
  }

  get active(): number {
    return this.#active
  }

  get waiting(): number {
    return this.#queue.length
  }

  /** All are used, healthy or not. Never while the circuit is open, when none is used, or half open, when one is tried. */
  get isPanic(): boolean {
    return this.#candidates.isPanic && this.circuit === 'closed'
  }

  get healthy(): number {
    return this.#candidates.healthy
  }

  get circuit(): CircuitState {
    return this.#breaker?.circuit.state ?? 'closed'
  }

  // Asking

  acquire(ask: Ask, waiter: Waiter): Lease | Waiting | NoPlace {
    if (this.#isShut) return none('stopping')
    // Nobody overtakes those who wait.
    const place = this.#queue.length === 0 ? this.#tryTo(ask) : 'taken'
    if (place !== 'taken') return place
    if (ask.mayWait === 'no' || this.#queue.length >= this.#policy.limits.queue) return none('queue_full')
    const queued = this.#queue.add({ ask, waiter })
    return { kind: 'waiting', cancel: () => this.#queue.remove(queued) }
  }

  /** Hot: with all healthy and none full it makes the lease and nothing else. */
  #tryTo(ask: Ask): Lease | NoPlace | 'taken' {
    const breaker = this.#breaker
    if (breaker !== undefined && !breaker.admits) return none('breaker_open', breaker.waitMs)
    if (this.#active >= this.#policy.limits.requests) return this.#whyNot()
    const endpoint = this.#choose(ask)
    if (endpoint !== undefined) return this.#take(endpoint, breaker)
    return this.#whyNot()
  }

  /**
   * An endpoint that waits for proof gets the next request, whatever the balancer would say: it has lost its load
   * and would wait long otherwise. Not a retry, which looks for an answer rather than for proof.
   */
  #choose(ask: Ask): Endpoint | undefined {
    const { usable, probes } = this.#candidates
    const { tried } = ask
    if (tried.length === 0) return probes[0] ?? this.#balancer.pick(usable, ask)
    const untried = usable.filter((endpoint) => !tried.includes(endpoint))
    return (
      this.#balancer.pick(untried, ask) ??
      probes.find((endpoint) => !tried.includes(endpoint)) ??
      this.#balancer.pick(usable, ask) ??
      probes[0]
    )
  }

  #take(endpoint: Endpoint, breaker: Breaker | undefined): Lease {
    this.#active += 1
    endpoint.active += 1
    const isPanic = this.isPanic && !endpoint.isHealthy && !endpoint.awaitsProbe
    const lease = new Lease(endpoint, isPanic ? 'panic' : 'normal', this.#world.clock.now(), this)
    lease.endpointTicket = endpoint.breaker.enter()
    if (breaker !== undefined) lease.upstreamTicket = breaker.enter()
    if (endpoint.active === this.#policy.limits.connections) this.refresh()
    return lease
  }

  /** No place at present: because all are taken, or because there are none to wait for. */
  #whyNot(): NoPlace | 'taken' {
    if (this.#endpoints.length === 0) return none(this.#whyNone())
    const { isPanic, healthy } = this.#candidates
    if (isPanic || healthy > 0 || this.#endpoints.some((endpoint) => endpoint.awaitsProbe)) return 'taken'
    const broken = this.#endpoints.filter(({ state }) => state === 'open' || state === 'half_open')
    if (broken.length === 0) return none('none_healthy')
    return none('breaker_open', Math.min(...broken.map((endpoint) => endpoint.breaker.waitMs)))
  }

  // Giving back

  onOutcome(lease: Lease, outcome: Outcome, elapsedMs: number, retryAfterMs: number | undefined): void {
    const { endpoint, endpointTicket } = lease
    const nowMs = this.#world.clock.now()
    const isNews = endpoint.breaker.isCurrent(endpointTicket)
    lease.endpointTicket = endpoint.learn(endpointTicket, outcome, { elapsedMs, retryAfterMs, nowMs })
    // Of an endpoint that is known to be bad, only the upstream's own probe says something about the upstream.
    if (this.#breaker === undefined || (this.circuit === 'closed' && !isNews)) return
    lease.upstreamTicket = this.#breaker.settle(lease.upstreamTicket, outcome, retryAfterMs, nowMs)
  }

  onReleased(lease: Lease): void {
    const { endpoint } = lease
    const wasFull = endpoint.isFull
    this.#active -= 1
    endpoint.active -= 1
    if (!lease.hadOutcome) {
      endpoint.learnCancelled(lease.endpointTicket, this.#world.clock.now() - lease.startedMs)
      this.#breaker?.cancel(lease.upstreamTicket)
    }
    if (wasFull) this.refresh()
    else if (this.#queue.length > 0) this.#serve()
  }

  // Changes

  /** These are all endpoints now. */
  setEndpoints(endpoints: readonly Endpoint[]): void {
    this.#endpoints = endpoints
    this.#balancer.onEndpoints(endpoints)
    for (const endpoint of this.#told.keys()) if (!endpoints.includes(endpoint)) this.#told.delete(endpoint)
    for (const endpoint of endpoints) if (!this.#told.has(endpoint)) this.#told.set(endpoint, endpoint.state)
    this.refresh()
  }

  /** Something about an endpoint has changed. */
  refresh(): void {
    this.#candidates = candidatesAmong(this.#endpoints, this.#policy.panic)
    const changed = this.#endpoints.filter((endpoint) => this.#told.get(endpoint) !== endpoint.state)
    for (const endpoint of changed) this.#tellChange(endpoint)
    // Before panic, which it forbids.
    this.#openWithTheLast()
    this.#tellPanic()
    this.#serve()
  }

  /** Panic would use endpoints whose circuits are open; when all are, the upstream is down and nobody is to use it. */
  #openWithTheLast(): void {
    const before = this.#openCircuits
    this.#openCircuits = this.#endpoints.filter(({ breaker }) => breaker.circuit.state === 'open').length
    if (this.#openCircuits <= before) return
    if (this.#endpoints.some(({ breaker }) => breaker.circuit.state === 'closed')) return
    this.#breaker?.trip(Math.min(...this.#endpoints.map(({ breaker }) => breaker.waitMs)))
  }

  #tellChange(endpoint: Endpoint): void {
    const to = endpoint.state
    const from = this.#told.get(endpoint) ?? to
    this.#told.set(endpoint, to)
    const forMs = to === 'open' || to === 'ejected' ? { forMs: endpoint.breaker.waitMs } : {}
    const about = { upstream: this.#label, endpoint: endpoint.address }
    this.#world.onUpstreamEvent({ kind: 'endpoint', ...about, from, to, ...forMs })
  }

  #tellPanic(): void {
    const { isPanic } = this
    if (isPanic === this.#toldPanic) return
    this.#toldPanic = isPanic
    const { healthy } = this.#candidates
    const change = isPanic ? 'begins' : 'ends'
    const endpoints = this.#endpoints.length
    this.#world.onUpstreamEvent({ kind: 'panic', upstream: this.#label, change, healthy, endpoints })
  }

  #onCircuit(): void {
    const from = this.#toldCircuit
    const to = this.circuit
    this.#toldCircuit = to
    if (from !== to) {
      const forMs = to === 'open' ? { forMs: this.#breaker?.waitMs ?? 0 } : {}
      this.#world.onUpstreamEvent({ kind: 'breaker', upstream: this.#label, from, to, ...forMs })
      this.#tellPanic()
    }
    this.#serve()
  }

  /** Gives what is free to those who wait, in their order. A waiter may ask or give back at once: the loop sees it. */
  #serve(): void {
    if (this.#isServing) return
    this.#isServing = true
    try {
      for (let { head } = this.#queue; head !== undefined; head = this.#queue.head) {
        const place = this.#tryTo(head.item.ask)
        if (place === 'taken') break
        this.#queue.remove(head)
        if (place.kind === 'lease') head.item.waiter.onLease(place)
        else head.item.waiter.onNoPlace(place.why, place.retryAfterMs)
      }
    } finally {
      this.#isServing = false
    }
  }

  stop(): void {
    this.#breaker?.stop()
    this.shut()
  }

  /** Gives no place any more, neither to those who wait nor to those who come. */
  shut(): void {
    this.#isShut = true
    for (let { head } = this.#queue; head !== undefined; head = this.#queue.head) {
      this.#queue.remove(head)
      head.item.waiter.onNoPlace('stopping')
    }
  }
}

function none(why: NoPlaceReason, retryAfterMs = 0): NoPlace {
  return retryAfterMs > 0 ? { kind: 'none', why, retryAfterMs } : { kind: 'none', why }
}
