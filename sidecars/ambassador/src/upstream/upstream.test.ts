import { expect, it } from 'vitest'
import { breakerRules, looseLimits, startUpstream } from './testdata/test-upstream.ts'

const found = (...hosts: string[]) => hosts.map((host) => ({ target: { host, port: 80 }, weight: 1 }))
const listed = (...hosts: string[]) => hosts.map((host) => ({ host, port: 80 }))

it('keeps what is known of an endpoint that discovery finds again', async () => {
  const { upstream, fail, at, take } = await startUpstream(listed('a', 'b', 'c'), { breaker: breakerRules })
  fail(0, 5)
  const a = at(0)
  upstream.onFound(found('d', 'a', 'c'))
  expect(upstream.endpoints).toContain(a)
  expect(a.state).toBe('open')
  for (let time = 0; time < 9; time += 1) expect(['c:80', 'd:80']).toContain(take().endpoint.address)
})

it('keeps the last endpoints when a look-up fails', async () => {
  const { upstream, take } = await startUpstream(listed('a'))
  upstream.onFailed('EAI_AGAIN')
  expect(take().endpoint.address).toBe('a:80')
  expect(upstream.discovery).toEqual({ state: 'failed', code: 'EAI_AGAIN' })
})

it('sends nothing new to an endpoint that has gone, and its attempts still end in order', async () => {
  const { upstream, take, clock } = await startUpstream(listed('a', 'b'), { breaker: breakerRules })
  const leases = Array.from({ length: 12 }, () => take())
  const ofA = leases.filter(({ endpoint }) => endpoint.address === 'a:80')
  upstream.onFound(found('b'))
  for (let time = 0; time < 5; time += 1) expect(take().endpoint.address).toBe('b:80')
  for (const lease of ofA) {
    lease.failed(1)
    lease.release()
  }
  expect(ofA).toHaveLength(6)
  expect(upstream.facts).toMatchObject({ active: 12 - 6 + 5, healthy: 1, circuit: 'closed' })
  expect(clock.pending()).toBe(0)
})

it('gives an endpoint that comes later its share slowly, those of the start at once', async () => {
  const { upstream, at, clock, events } = await startUpstream(listed('a', 'b'), { slowStartMs: 10_000 })
  expect(at(0).presentWeight).toBe(1)
  upstream.onFound(found('a', 'b', 'c'))
  expect([at(2).state, at(2).presentWeight]).toEqual(['slow_start', 0.1])
  await clock.advance(5000)
  expect(at(2).presentWeight).toBe(0.5)
  await clock.advance(5000)
  expect([at(2).state, at(2).presentWeight]).toEqual(['healthy', 1])
  expect(events).toEqual([{ kind: 'endpoint', upstream: 'shop', endpoint: 'c:80', from: 'slow_start', to: 'healthy' }])
})

it('gives an endpoint whose circuit has closed its share slowly', async () => {
  const { fail, at, clock, take } = await startUpstream(3, { breaker: breakerRules, slowStartMs: 10_000 })
  fail(0, 5)
  await clock.advance(1500)
  take().answered(200, 1, undefined)
  expect([at(0).state, at(0).presentWeight]).toEqual(['slow_start', 0.1])
})

it('balances over weights as they are listed', async () => {
  const heavy = { address: { host: 'heavy', port: 80 }, weight: 3 }
  const { answer } = await startUpstream([heavy, { host: 'light', port: 80 }])
  const addresses = Array.from({ length: 40 }, () => answer(200))
  expect(addresses.filter((address) => address === 'heavy:80')).toHaveLength(30)
})

it('sends less to an endpoint that fails fast than to one that answers slowly, by ewma', async () => {
  const { take } = await startUpstream(2, { balancer: 'ewma' })
  const counts = { failing: 0, slow: 0 }
  for (let time = 0; time < 100; time += 1) {
    const lease = take()
    const isFailing = lease.endpoint.address === '10.0.0.0:80'
    counts[isFailing ? 'failing' : 'slow'] += 1
    if (isFailing) lease.answered(503, 1, undefined)
    else lease.answered(200, 200, undefined)
    lease.release()
  }
  expect(counts.failing).toBe(1)
})

it('tells a cancelled attempt only how long it has waited', async () => {
  const { take, at, clock } = await startUpstream(1, { balancer: 'ewma' })
  const lease = take()
  await clock.advance(700)
  lease.release()
  expect(at(0).expectedMs).toBe(700)
})

it('gives no place any more once it is shut, not even one that becomes free', async () => {
  const { upstream, take, ask, clock } = await startUpstream(1, { limits: { ...looseLimits, requests: 1 } })
  const lease = take()
  const waiting = ask()
  upstream.shut()
  expect(waiting.heard).toEqual(['stopping'])
  lease.release()
  expect(ask().heard).toEqual(['stopping'])
  expect(upstream.facts).toMatchObject({ active: 0, waiting: 0 })
  expect(clock.pending()).toBe(0)
})

it('leaves no timer and nobody waiting when it stops', async () => {
  const limits = { connections: 1, requests: 1, queue: 5, queueTimeoutMs: 1000 }
  const outlier = { intervalMs: 10_000, maxEjected: 0.5, baseMs: 30_000 }
  const test = await startUpstream(3, { breaker: breakerRules, limits, outlier, slowStartMs: 5000 })
  test.fail(0, 5)
  test.upstream.onFound([...found('10.0.0.0', '10.0.0.1', '10.0.0.2', 'new')])
  test.take()
  const waiting = test.ask()
  await test.upstream.stop()
  expect(waiting.heard).toEqual(['stopping'])
  expect(test.clock.pending()).toBe(0)
})
