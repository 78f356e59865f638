/**
 * Limits, queue and circuits together, against what may never happen: more in flight than allowed, a free place
 * while somebody waits, a place out of turn, a waiter told twice, a slot that stays taken.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Lease } from './lease.ts'
import { type Asked, breakerRules, startUpstream, type TestUpstream } from './testdata/test-upstream.ts'
import type { BalancerName } from './upstream-options.ts'

const step = fc.oneof(
  { weight: 9, arbitrary: fc.record({ do: fc.constant('ask' as const), mayWait: fc.constantFrom('yes', 'no') }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      which: fc.nat(),
      how: fc.constantFrom<number | 'cancel' | 'fail'>(200, 404, 429, 500, 'cancel', 'fail'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('find' as const), hosts: fc.subarray(['a', 'b', 'c', 'd']) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 1500 }) }) },
)

const limits = { connections: 2, requests: 5, queue: 4, queueTimeoutMs: 1000 }

class Run {
  readonly test: TestUpstream
  readonly leases: Lease[] = []
  waiting: Asked[] = []
  /** In the order in which waiters were told, by their place in the order of asking. */
  readonly served = { leases: 0, queued: 0 }

  constructor(test: TestUpstream) {
    this.test = test
  }

  ask(mayWait: 'yes' | 'no'): void {
    const { upstream } = this.test
    const { isPanic } = upstream.facts
    const allowed = upstream.endpoints.filter(({ isHealthy, awaitsProbe }) => isHealthy || awaitsProbe)
    const asked = this.test.ask({ mayWait, hashKey: `${this.leases.length}` })
    const [lease] = asked.heard
    if (lease instanceof Lease) expect(lease.isPanic).toBe(!allowed.includes(lease.endpoint))
    if (lease instanceof Lease && lease.isPanic) expect(isPanic).toBe(true)
    if (asked.kind === 'waiting') {
      this.served.queued += 1
      this.waiting.push(asked)
    } else this.hear(asked)
  }

  end(which: number, how: number | 'cancel' | 'fail'): void {
    const [lease] = this.leases.splice(which % Math.max(1, this.leases.length), 1)
    if (typeof how === 'number') lease?.answered(how, 3, undefined)
    else if (how === 'fail') lease?.failed(3)
    lease?.release()
  }

  hear(asked: Asked): void {
    expect(asked.heard).toHaveLength(1)
    const [heard] = asked.heard
    if (heard instanceof Lease) {
      this.served.leases += 1
      this.leases.push(heard)
    }
  }

  /** Those who were told stand before those who were not: nobody was passed over. */
  collect(): void {
    const firstSilent = this.waiting.findIndex(({ heard }) => heard.length === 0)
    const told = firstSilent < 0 ? this.waiting : this.waiting.slice(0, firstSilent)
    this.waiting = this.waiting.slice(told.length)
    for (const asked of this.waiting) expect(asked.heard).toEqual([])
    for (const asked of told) this.hear(asked)
  }

  check(): void {
    const { upstream } = this.test
    const { active, waiting } = upstream.facts
    expect(active).toBe(this.leases.length)
    expect(active).toBeLessThanOrEqual(limits.requests)
    expect(waiting).toBe(this.waiting.length)
    expect(waiting).toBeLessThanOrEqual(limits.queue)
    for (const endpoint of upstream.endpoints) {
      expect(endpoint.active).toBe(this.leases.filter((lease) => lease.endpoint === endpoint).length)
      expect(endpoint.active).toBeLessThanOrEqual(limits.connections)
    }
    if (waiting === 0) return
    expect(upstream.endpoints.length).toBeGreaterThan(0)
    const hasRoom = upstream.endpoints.some(
      (endpoint) => endpoint.active < limits.connections && (endpoint.isHealthy || endpoint.awaitsProbe),
    )
    expect(hasRoom && active < limits.requests).toBe(false)
  }
}

const balancers: BalancerName[] = ['p2c', 'ewma', 'round-robin', 'hash']

it.each(balancers)(
  '%s: no limit is exceeded, no waiter is forgotten or passed over, and only panic picks an endpoint that is out, in any order of events',
  async (balancer) => {
    const served = { leases: 0, queued: 0 }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 120 }), async (steps) => {
        const breaker = { ...breakerRules, consecutive: 3, minRequests: 8 }
        const hosts = ['a', 'b', 'c', 'd'].map((host) => ({ host, port: 80 }))
        const test = await startUpstream(hosts, { balancer, breaker, limits, slowStartMs: 500 })
        const run = new Run(test)
        for (const each of steps) {
          if (each.do === 'ask') run.ask(each.mayWait)
          else if (each.do === 'end') run.end(each.which, each.how)
          else if (each.do === 'wait') await test.clock.advance(each.ms)
          else if (each.do === 'leave') {
            const [left] = run.waiting.splice(each.which % Math.max(1, run.waiting.length), 1)
            left?.cancel()
          } else test.upstream.onFound(each.hosts.map((host) => ({ target: { host, port: 80 }, weight: 1 })))
          run.collect()
          run.check()
        }
        for (const asked of run.waiting) asked.cancel()
        for (const lease of run.leases) lease.release()
        expect(test.upstream.facts).toMatchObject({ active: 0, waiting: 0 })
        // Whatever was open has opened again by now, and with no attempt under way each circuit has its slots.
        await test.clock.advance(120_000)
        expect(test.upstream.endpoints.filter(({ breaker: { admits } }) => !admits)).toEqual([])
        if (test.upstream.endpoints.length > 0) expect(test.ask().kind).toBe('lease')
        await test.upstream.stop()
        expect(test.clock.pending()).toBe(0)
        served.leases += run.served.leases
        served.queued += run.served.queued
      }),
      { seed: 1, numRuns: 100 },
    )
    expect(served.leases).toBeGreaterThan(800)
    expect(served.queued).toBeGreaterThan(150)
  },
)
