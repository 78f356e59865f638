import { expect, it } from 'vitest'
import { Lease } from './lease.ts'
import { breakerRules, looseLimits, startUpstream } from './testdata/test-upstream.ts'
import type { BalancerName } from './upstream-options.ts'

const balancers: BalancerName[] = ['p2c', 'ewma', 'round-robin', 'hash']

it.each(balancers)('%s: goes to an endpoint that was not tried while there is one', async (balancer) => {
  const { take, at } = await startUpstream(3, { balancer })
  for (let time = 0; time < 20; time += 1) {
    const lease = take({ tried: [at(0), at(2)], hashKey: `${time}` })
    expect(lease.endpoint).toBe(at(1))
    lease.release()
  }
  expect(take({ tried: [at(0), at(1), at(2)] }).endpoint.address).toMatch(/10\.0\.0\.[0-2]:80/)
})

it('says that there is no endpoint when discovery has found none', async () => {
  const { ask } = await startUpstream(0)
  expect(ask().heard).toEqual(['no_endpoint'])
})

it('says that the name was not found when the look-up fails', async () => {
  const { upstream, ask } = await startUpstream(0)
  upstream.onFailed('ENOTFOUND')
  expect(ask().heard).toEqual(['name_not_found'])
})

// Limits and queue

it('gives as many places at an endpoint as it may have connections, then lets wait', async () => {
  const { ask, at } = await startUpstream(2, { limits: { ...looseLimits, connections: 3 } })
  const asked = Array.from({ length: 7 }, () => ask())
  expect(asked.map(({ kind }) => kind)).toEqual([...Array(6).fill('lease'), 'waiting'])
  expect([at(0).active, at(1).active]).toEqual([3, 3])
})

it('gives as many places as the upstream may have requests, then lets wait', async () => {
  const { ask, upstream } = await startUpstream(2, { limits: { ...looseLimits, requests: 3 } })
  const asked = Array.from({ length: 4 }, () => ask())
  expect(asked.map(({ kind }) => kind)).toEqual(['lease', 'lease', 'lease', 'waiting'])
  expect(upstream.facts).toMatchObject({ active: 3, waiting: 1 })
})

it('refuses the one more that the queue has no place for, and whoever may not wait', async () => {
  const { ask, take } = await startUpstream(1, { limits: { ...looseLimits, connections: 1, queue: 1 } })
  take()
  expect(ask({ mayWait: 'no' }).heard).toEqual(['queue_full'])
  expect(ask().kind).toBe('waiting')
  expect(ask().heard).toEqual(['queue_full'])
})

it('lets nobody overtake those who wait', async () => {
  const { ask, take } = await startUpstream(1, { limits: { ...looseLimits, connections: 1 } })
  const first = take()
  const [second, third] = [ask(), ask()]
  first.release()
  expect(second.heard).toHaveLength(1)
  expect(third.heard).toHaveLength(0)
  expect(ask().kind).toBe('waiting')
})

it('sends one who asks while the queue is served to its end', async () => {
  const { ask, take, upstream } = await startUpstream(1, { limits: { ...looseLimits, connections: 1 } })
  const holder = take()
  const anyAsk = { tried: [], hashKey: undefined, mayWait: 'yes' } as const
  let greedy: string | undefined
  const onLease = (lease: Lease): void => {
    lease.release()
    greedy = upstream.acquire(anyAsk, { onLease: () => undefined, onNoPlace: () => undefined }).kind
  }
  upstream.acquire(anyAsk, { onLease, onNoPlace: () => undefined })
  const patient = ask()
  holder.release()
  expect(greedy).toBe('waiting')
  expect(patient.heard).toEqual([expect.any(Lease)])
})

it('tells whoever waits at the time limit, not before', async () => {
  const { ask, take, clock } = await startUpstream(1, { limits: { ...looseLimits, connections: 1 } })
  take()
  const early = ask()
  await clock.advance(400)
  const late = ask()
  await clock.advance(599)
  expect(early.heard).toEqual([])
  await clock.advance(1)
  expect(early.heard).toEqual(['queue_timeout'])
  expect(late.heard).toEqual([])
  await clock.advance(400)
  expect(late.heard).toEqual(['queue_timeout'])
  expect(clock.pending()).toBe(0)
})

it('gives the place of one who left the queue to the next', async () => {
  const { ask, take, upstream, clock } = await startUpstream(1, { limits: { ...looseLimits, connections: 1 } })
  const lease = take()
  const [gone, next] = [ask(), ask()]
  gone.cancel()
  gone.cancel()
  lease.release()
  expect(gone.heard).toEqual([])
  expect(next.heard).toEqual([expect.any(Lease)])
  expect(upstream.facts.waiting).toBe(0)
  expect(clock.pending()).toBe(0)
})

it('gives a place back once, however often it is released', async () => {
  const { take, upstream, at } = await startUpstream(1)
  const lease = take()
  take()
  lease.release()
  lease.release()
  expect(upstream.facts.active).toBe(1)
  expect(at(0).active).toBe(1)
})

it('wakes those who wait when discovery finds one more endpoint', async () => {
  const { upstream, ask, take } = await startUpstream(1, { limits: { ...looseLimits, connections: 1 } })
  take()
  const waiting = ask()
  upstream.onFound([
    { target: { host: '10.0.0.0', port: 80 }, weight: 1 },
    { target: { host: '10.0.0.9', port: 80 }, weight: 1 },
  ])
  expect(waiting.heard).toEqual([expect.any(Lease)])
})

it('tells those who wait when the last endpoint has gone', async () => {
  const { upstream, ask, take } = await startUpstream(1, { limits: { ...looseLimits, connections: 1 } })
  const lease = take()
  const waiting = ask()
  upstream.onFound([])
  expect(waiting.heard).toEqual(['no_endpoint'])
  lease.release()
  expect(upstream.facts.active).toBe(0)
})

// Circuits

it('takes an endpoint out after 5 failures in a row and sends it one request when its time has come', async () => {
  const { fail, answer, clock, at, take, events } = await startUpstream(3, { breaker: breakerRules })
  fail(0, 5)
  expect(at(0).state).toBe('open')
  for (let time = 0; time < 6; time += 1) expect(answer(200)).not.toBe(at(0).address)
  await clock.advance(1500)
  expect(at(0).state).toBe('half_open')
  const probe = take()
  expect(probe.endpoint).toBe(at(0))
  expect(take().endpoint).not.toBe(at(0))
  probe.answered(200, 5, undefined)
  expect(at(0).state).toBe('healthy')
  expect(events).toEqual([
    {
      kind: 'endpoint',
      upstream: 'shop',
      endpoint: '10.0.0.0:80',
      from: 'healthy',
      to: 'open',
      forMs: expect.any(Number),
    },
    { kind: 'endpoint', upstream: 'shop', endpoint: '10.0.0.0:80', from: 'open', to: 'half_open' },
    { kind: 'endpoint', upstream: 'shop', endpoint: '10.0.0.0:80', from: 'half_open', to: 'healthy' },
  ])
})

it('frees the probe of a request that was cancelled', async () => {
  const { fail, clock, at, take } = await startUpstream(3, { breaker: breakerRules })
  fail(0, 5)
  await clock.advance(1500)
  take().release()
  expect(at(0).state).toBe('half_open')
  expect(take().endpoint).toBe(at(0))
})

it('does not make a retry the probe while a healthy endpoint is left', async () => {
  const { fail, clock, at, take } = await startUpstream(3, { breaker: breakerRules })
  fail(0, 5)
  await clock.advance(1500)
  expect(take({ tried: [at(1)] }).endpoint).toBe(at(2))
  expect(take({ tried: [at(1), at(2)] }).endpoint).toBe(at(0))
})

it('opens the circuit of the upstream when the circuit of its last endpoint opens, and asks one request when the time has come', async () => {
  const { fail, ask, upstream, clock, events } = await startUpstream(2, { breaker: breakerRules })
  fail(0, 5)
  expect(upstream.facts.circuit).toBe('closed')
  fail(1, 5)
  expect(upstream.facts.circuit).toBe('open')
  expect(ask().heard).toEqual(['breaker_open'])
  const deaf = { onLease: () => undefined, onNoPlace: () => undefined }
  expect(upstream.acquire({ tried: [], hashKey: undefined, mayWait: 'yes' }, deaf)).toEqual({
    kind: 'none',
    why: 'breaker_open',
    retryAfterMs: expect.any(Number),
  })
  await clock.advance(1500)
  const [probe] = ask().heard
  expect(ask().heard).toEqual(['breaker_open'])
  if (probe instanceof Lease) probe.answered(200, 5, undefined)
  expect(upstream.facts.circuit).toBe('closed')
  expect(events.filter(({ kind }) => kind === 'breaker').map((event) => event.kind === 'breaker' && event.to)).toEqual([
    'open',
    'half_open',
    'closed',
  ])
})

it('keeps the upstream shut for as long as its only endpoint asked for with Retry-After', async () => {
  const { take, ask, clock } = await startUpstream(1, { breaker: breakerRules })
  for (let time = 0; time < 5; time += 1) {
    const lease = take()
    lease.answered(503, 1, 20_000)
    lease.release()
  }
  await clock.advance(19_999)
  expect(ask().heard).toEqual(['breaker_open'])
  await clock.advance(1)
  expect(ask().kind).toBe('lease')
})

it('leaves the circuit of the upstream closed that a probe has closed, when its endpoint comes back after that', async () => {
  const { fail, take, at, upstream, clock } = await startUpstream(1, { breaker: breakerRules })
  fail(0, 5)
  await clock.advance(1500)
  at(0).breaker.eject(60_000)
  take().answered(200, 1, undefined)
  expect(upstream.facts.circuit).toBe('closed')
  await clock.advance(60_000)
  expect(at(0).state).toBe('half_open')
  expect(upstream.facts.circuit).toBe('closed')
})

it('does not open the circuit of the upstream when one endpoint dies with many requests in flight', async () => {
  const { take, at, upstream, answer } = await startUpstream(4, { breaker: breakerRules })
  const leases = Array.from({ length: 60 }, () => take({ tried: [at(1), at(2), at(3)] }))
  for (const lease of leases) lease.failed(1)
  for (const lease of leases) lease.release()
  expect(at(0).state).toBe('open')
  expect(upstream.facts).toMatchObject({ circuit: 'closed', healthy: 3, active: 0 })
  expect(answer(200)).not.toBe(at(0).address)
})

it('opens the circuit of the upstream when half of all answers are bad, though no endpoint alone has enough of them', async () => {
  const { answer, upstream, at } = await startUpstream(10, { breaker: breakerRules })
  for (let time = 0; time < 19; time += 1) answer(time % 2 === 0 ? 500 : 200)
  expect(upstream.facts.circuit).toBe('closed')
  answer(500)
  expect(upstream.facts.circuit).toBe('open')
  expect(at(0).state).toBe('healthy')
})

it('refuses those who wait when the circuit of the upstream opens', async () => {
  const { take, ask } = await startUpstream(1, { breaker: breakerRules, limits: { ...looseLimits, requests: 5 } })
  const leases = Array.from({ length: 5 }, () => take())
  const waiting = ask()
  for (const lease of leases) lease.failed(1)
  expect(waiting.heard).toEqual(['breaker_open'])
})

it('stays closed when answers are 404 or cancelled, and open ones are not told of late successes', async () => {
  const { answer, take, fail, at } = await startUpstream(2, { breaker: breakerRules })
  for (let time = 0; time < 50; time += 1) answer(404)
  for (let time = 0; time < 50; time += 1) take().release()
  expect(at(0).state).toBe('healthy')
  const late = take({ tried: [at(1)] })
  fail(0, 5)
  late.answered(200, 1, undefined)
  expect(at(0).state).toBe('open')
})

it('counts an answer that breaks off as a failure', async () => {
  const { take, at } = await startUpstream(2, { breaker: { ...breakerRules, consecutive: 1 } })
  const lease = take({ tried: [at(1)] })
  lease.answered(200, 1, undefined)
  lease.failed(2)
  expect(at(0).state).toBe('open')
})

it('says breaker_open when panic is off and the circuit of every endpoint that is well is open', async () => {
  const { fail, ask, upstream } = await startUpstream(2, { breaker: breakerRules, panic: 0 })
  fail(0, 5)
  fail(1, 5)
  expect(upstream.facts.healthy).toBe(0)
  expect(ask().heard).toEqual(['breaker_open'])
})

// Panic

it('uses all endpoints when less than half are healthy, and says which pick was a panic', async () => {
  const { fail, take, at, events, upstream } = await startUpstream(5, { breaker: breakerRules })
  fail(0, 5)
  fail(1, 5)
  for (let time = 0; time < 10; time += 1) expect(take().isPanic).toBe(false)
  expect(upstream.facts.isPanic).toBe(false)
  fail(2, 5)
  expect(upstream.facts).toMatchObject({ isPanic: true, healthy: 2, circuit: 'closed' })
  const leases = Array.from({ length: 10 }, () => take())
  expect(new Set(leases.map(({ endpoint }) => endpoint)).size).toBe(5)
  expect(leases.filter(({ isPanic }) => isPanic)).toHaveLength(6)
  for (const lease of leases) expect(lease.isPanic).toBe(![at(3), at(4)].includes(lease.endpoint))
  expect(events.at(-1)).toEqual({ kind: 'panic', upstream: 'shop', change: 'begins', healthy: 2, endpoints: 5 })
})

it('ends the panic with the endpoint that makes half of them healthy again', async () => {
  const { fail, take, clock, events, upstream } = await startUpstream(3, { breaker: breakerRules })
  fail(0, 5)
  fail(1, 5)
  await clock.advance(1500)
  take().answered(200, 1, undefined)
  expect(upstream.facts).toMatchObject({ isPanic: false, healthy: 2 })
  expect(events.at(-1)).toMatchObject({ kind: 'panic', change: 'ends' })
})

it('tells no panic when the last endpoint opens the circuit of the upstream, and the end of one that had begun', async () => {
  const { fail, events, upstream } = await startUpstream(1, { breaker: breakerRules })
  fail(0, 5)
  expect(upstream.facts).toMatchObject({ circuit: 'open', isPanic: false })
  expect(events.map(({ kind }) => kind)).toEqual(['endpoint', 'breaker'])

  const three = await startUpstream(3, { breaker: breakerRules })
  for (const place of [0, 1, 2]) three.fail(place, 5)
  expect(three.events.map((event) => (event.kind === 'panic' ? `panic ${event.change}` : event.kind))).toEqual([
    ...['endpoint', 'endpoint', 'panic begins', 'endpoint', 'breaker', 'panic ends'],
  ])
})

it('tells a panic that remains when the circuit of the upstream has closed, after it', async () => {
  const { fail, take, clock, events } = await startUpstream(3, { breaker: { ...breakerRules, openMaxMs: 1000 } })
  for (const place of [0, 1, 2]) fail(place, 5)
  await clock.advance(1500)
  const before = events.length
  take().answered(200, 1, undefined)
  expect(events.slice(before)).toMatchObject([
    { kind: 'endpoint', to: 'healthy' },
    { kind: 'breaker', from: 'half_open', to: 'closed' },
    { kind: 'panic', change: 'begins', healthy: 1, endpoints: 3 },
  ])
})

it('never panics where it is turned off', async () => {
  const { fail, answer, take, at } = await startUpstream(5, { breaker: breakerRules, panic: 0 })
  for (let time = 0; time < 25; time += 1) answer(200)
  for (const place of [0, 1, 2, 3]) fail(place, 5)
  for (let time = 0; time < 10; time += 1) expect(take().endpoint).toBe(at(4))
})

// Laws

it.each(balancers)('%s: never picks an unhealthy endpoint outside of panic', async (balancer) => {
  const { fail, answer, take, at } = await startUpstream(5, { balancer, breaker: breakerRules })
  fail(3, 4)
  answer(200, { tried: [at(3)] })
  fail(3, 1)
  for (let time = 0; time < 200; time += 1) {
    const lease = take({ hashKey: `${time}` })
    expect(lease.endpoint).not.toBe(at(3))
    lease.release()
  }
})
