/** One address of an upstream: the connections to it, and all that is known of how well it is. */
import { type Address, formatAddress } from '@podmates/shared/config/values/address.ts'
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'
import type { Random } from '@podmates/shared/world/random.ts'
import type { ClientConnection } from '../http1/client-connection.ts'
import type { ResponseEvents } from '../http1/response-events.ts'
import type { Balanced } from './balancer/balancer.ts'
import { PeakLatency } from './balancer/peak-latency.ts'
import { Breaker } from './breaker/breaker.ts'
import type { Outcome } from './breaker/circuit.ts'
import type { CandidateFacts } from './candidates.ts'
import { afterCheck, type CheckResult, type Health, unknownHealth } from './health/health.ts'
import { HealthCheck } from './health/health-check.ts'
import { ejectionMs } from './outlier/success-rate.ts'
import { type ConnectionFacts, ConnectionPool, type ConnectionRules } from './pool/connection-pool.ts'
import type { EndpointState } from './upstream-event.ts'
import type { BreakerRules, UpstreamPolicy } from './upstream-options.ts'

export type { ConnectionRules } from './pool/connection-pool.ts'

export interface EndpointOptions {
  readonly target: Address
  /** Above 0: its share of the requests against the others'. */
  readonly weight: number
  readonly rules: ConnectionRules
  readonly policy: UpstreamPolicy
  /** `cold`: it came while others served, so it starts slowly. */
  readonly start: 'warm' | 'cold'
}

export interface EndpointWorld {
  readonly clock: Clock
  readonly random: Random
}

/** Milliseconds that belong to the outcome of an attempt. */
export interface AttemptTimes {
  readonly elapsedMs: number
  /** What the endpoint asked for. */
  readonly retryAfterMs: number | undefined
  /** The clock's `now`. */
  readonly nowMs: number
}

/** A share below this would tell too little about the endpoint. Envoy: min_weight_percent. */
const slowStartShareMin = 0.1

/** What stands in for the breaker's rules when it is off: nothing opens it, and ejected ones return by one probe. */
const neverOpens: BreakerRules = {
  consecutive: Number.POSITIVE_INFINITY,
  ratio: 1,
  minRequests: Number.POSITIVE_INFINITY,
  openMinMs: 1000,
  openMaxMs: 60_000,
  probes: 1,
}

export class Endpoint implements Balanced, CandidateFacts {
  /** Its name in logs: `10.0.0.1:8080`, `[::1]:8080`, `unix:/run/app.sock`. */
  readonly address: string
  /** What it is called in a Host field. */
  readonly authority: string
  readonly weight: number
  readonly breaker: Breaker
  readonly #policy: UpstreamPolicy
  readonly #clock: Clock
  readonly #random: Random
  readonly #onChange: () => void
  readonly #pool: ConnectionPool
  readonly #latency: PeakLatency
  readonly #check: HealthCheck | undefined
  #health: Health = unknownHealth
  #slowSinceMs: number | undefined
  #cancelSlowStart: Cancel | undefined
  #ejections = 0
  #wasIn = true

  /** Attempts in flight. */
  active = 0
  /** Since the outlier detection last compared. */
  good = 0
  bad = 0

  /** @param onChange told of all that changes whether and how it may be used */
  constructor(options: EndpointOptions, world: EndpointWorld, onChange: () => void) {
    const { target, rules, policy } = options
    this.address = formatAddress(target)
    this.authority = 'path' in target ? 'localhost' : this.address
    this.weight = options.weight
    this.#policy = policy
    this.#clock = world.clock
    this.#random = world.random
    this.#onChange = onChange
    this.#pool = new ConnectionPool({ target, rules }, world)
    this.#latency = new PeakLatency(world.clock.now())
    this.breaker = new Breaker(policy.breaker ?? neverOpens, world, () => this.#onPartChange())
    if (options.start === 'cold') this.#startSlowly()
    const { authority } = this
    if (policy.health !== undefined) {
      this.#check = new HealthCheck({ target, rules, authority }, policy.health, world, (it) => this.#onChecked(it))
    }
  }

  /** Finds a connection for one request; `fresh` for the retry of one that an idle connection lost. */
  connect(events: ResponseEvents, how: 'reuse' | 'fresh'): ClientConnection {
    return this.#pool.connect(events, how)
  }

  get connections(): ConnectionFacts {
    return this.#pool.connections
  }

  // What it is worth

  get state(): EndpointState {
    const { circuit } = this.breaker
    if (this.#health.state === 'unhealthy') return 'unhealthy'
    if (circuit.state === 'open') return circuit.why === 'outlier' ? 'ejected' : 'open'
    if (circuit.state === 'half_open') return 'half_open'
    return this.#slowSinceMs === undefined ? 'healthy' : 'slow_start'
  }

  get isHealthy(): boolean {
    return this.#health.state !== 'unhealthy' && this.breaker.circuit.state === 'closed'
  }

  get awaitsProbe(): boolean {
    return this.state === 'half_open' && this.breaker.admits
  }

  get isFull(): boolean {
    return this.active >= this.#policy.limits.connections
  }

  get presentWeight(): number {
    if (this.#slowSinceMs === undefined) return this.weight
    const share = (this.#clock.now() - this.#slowSinceMs) / this.#policy.slowStartMs
    return this.weight * Math.min(1, Math.max(slowStartShareMin, share))
  }

  get expectedMs(): number {
    return this.#latency.expected(this.#clock.now())
  }

  // What it learns from

  /** @returns the ticket for what may still come of this attempt, as `Breaker.settle` does */
  learn(ticket: number, outcome: Outcome, { elapsedMs, retryAfterMs, nowMs }: AttemptTimes): number {
    if (outcome === 'failure' || outcome === 'limited') this.#latency.recordFailure(elapsedMs, retryAfterMs, nowMs)
    else this.#latency.record(elapsedMs, nowMs)
    if (outcome === 'success') this.good += 1
    else if (outcome === 'failure') this.bad += 1
    return this.breaker.settle(ticket, outcome, retryAfterMs, nowMs)
  }

  /** The attempt was given up after `elapsedMs` without an answer. */
  learnCancelled(ticket: number, elapsedMs: number): void {
    this.#latency.recordAtLeast(elapsedMs, this.#clock.now())
    this.breaker.cancel(ticket)
  }

  eject(baseMs: number): void {
    this.#ejections += 1
    this.breaker.eject(ejectionMs(this.#ejections, baseMs, this.#random.next()))
  }

  /** A comparison is over; each that finds it in use makes the next ejection shorter again. */
  beginSample(): void {
    this.good = 0
    this.bad = 0
    if (this.isHealthy) this.#ejections = Math.max(0, this.#ejections - 1)
  }

  #onChecked(result: CheckResult): void {
    const before = this.#health.state
    if (this.#policy.health !== undefined) this.#health = afterCheck(this.#health, result, this.#policy.health)
    if (this.#health.state !== before) this.#onPartChange()
  }

  #onPartChange(): void {
    if (this.isHealthy && !this.#wasIn) this.#startSlowly()
    this.#wasIn = this.isHealthy
    this.#onChange()
  }

  #startSlowly(): void {
    const { slowStartMs } = this.#policy
    if (slowStartMs === 0) return
    this.#cancelSlowStart?.()
    this.#slowSinceMs = this.#clock.now()
    this.#cancelSlowStart = this.#clock.after(slowStartMs, () => {
      this.#slowSinceMs = undefined
      this.#onChange()
    })
  }

  // Life

  /** Begins to check it. */
  start(): void {
    this.#check?.start()
  }

  /** Takes no part any more: requests in flight end in their own time, their connections are not kept. */
  retire(): void {
    this.#check?.stop()
    this.breaker.stop()
    this.#cancelSlowStart?.()
    this.#pool.retire()
  }
}
