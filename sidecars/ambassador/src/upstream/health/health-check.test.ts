import { type FakeClock, fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { seededRandom } from '@podmates/shared/world/random.ts'
import { expect, it } from 'vitest'
import { type Reply, startRawBackend } from '../../testdata/raw-backend.ts'
import { breakerRules, rules as connectionRules, startUpstream } from '../testdata/test-upstream.ts'
import type { CheckResult } from './health.ts'
import { HealthCheck } from './health-check.ts'

const rules = { path: '/healthz', intervalMs: 5000, timeoutMs: 2000, unhealthy: 3, healthy: 2 }

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve))
}

function checking(port: number, clock: FakeClock) {
  const results: CheckResult[] = []
  const check = new HealthCheck(
    { target: { host: '127.0.0.1', port }, rules: connectionRules, authority: `127.0.0.1:${port}` },
    rules,
    { clock, random: seededRandom(1) },
    (result) => void results.push(result),
  )
  return { check, results }
}

const answers: { what: string; reply: Reply; result: CheckResult }[] = [
  { what: '200', reply: () => 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', result: 'good' },
  { what: '204', reply: () => 'HTTP/1.1 204 No Content\r\n\r\n', result: 'good' },
  { what: '302', reply: () => 'HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n', result: 'good' },
  { what: '404', reply: () => 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n', result: 'bad' },
  { what: '503', reply: () => 'HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n', result: 'bad' },
  { what: 'bytes that are not HTTP', reply: () => 'hello\r\n\r\n', result: 'bad' },
  { what: 'an early end', reply: (_head, socket) => void socket.end() as undefined, result: 'bad' },
]

it.each(answers)('takes $what for $result', async ({ reply, result }) => {
  await using backend = await startRawBackend(reply)
  const { check, results } = checking(backend.port, fakeClock())
  check.start()
  await until(() => results.length > 0)
  check.stop()
  expect(results).toEqual([result])
  expect(backend.heads).toEqual([
    `GET /healthz HTTP/1.1\r\nhost: ${backend.address}\r\nuser-agent: podmates-health-check\r\nconnection: close\r\n\r\n`,
  ])
})

it('takes silence for bad after 2 s', async () => {
  await using backend = await startRawBackend(() => undefined)
  const clock = fakeClock()
  const { check, results } = checking(backend.port, clock)
  check.start()
  await until(() => backend.heads.length > 0)
  await clock.advance(1999)
  expect(results).toEqual([])
  await clock.advance(1)
  expect(results).toEqual(['bad'])
  check.stop()
})

it('checks again after 5 s, give or take a tenth, each time on a new connection', async () => {
  await using backend = await startRawBackend()
  const clock = fakeClock()
  const { check, results } = checking(backend.port, clock)
  check.start()
  await until(() => results.length === 1)
  await clock.advance(4499)
  expect(backend.heads).toHaveLength(1)
  await clock.advance(1001)
  await until(() => results.length === 2)
  expect(backend.connections()).toBe(2)
  check.stop()
  expect(clock.pending()).toBe(0)
})

it('leaves no timer and no connection when it is stopped while it waits for an answer', async () => {
  await using backend = await startRawBackend(() => undefined)
  const clock = fakeClock()
  const { check, results } = checking(backend.port, clock)
  check.start()
  await until(() => backend.heads.length > 0)
  const closed = new Promise((resolve) => backend.sockets[0]?.once('close', resolve))
  check.stop()
  await closed
  expect(clock.pending()).toBe(0)
  expect(results).toEqual([])
})

it('keeps requests from an endpoint whose checks fail, and sends them again when they pass, slowly at first', async () => {
  let status = '200 OK'
  await using sick = await startRawBackend(() => `HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`)
  await using well = await startRawBackend()
  const backends = [sick, well].map(({ port }) => ({ host: '127.0.0.1', port }))
  const { upstream, at, take, clock, events } = await startUpstream(backends, { health: rules, slowStartMs: 10_000 })
  const nextChecks = async (): Promise<void> => {
    const [before, others] = [sick.heads.length, well.heads.length]
    await clock.advance(5500)
    await until(() => sick.heads.length > before && well.heads.length > others && clock.pending() >= 2)
  }
  await until(() => sick.heads.length === 1 && well.heads.length === 1)
  status = '500 No'
  while (at(0).state !== 'unhealthy') await nextChecks()
  expect(sick.heads.length).toBeGreaterThanOrEqual(4)
  for (let time = 0; time < 10; time += 1) expect(take().endpoint).toBe(at(1))
  status = '200 OK'
  while (at(0).state === 'unhealthy') await nextChecks()
  expect(events.map((event) => event.kind === 'endpoint' && [event.from, event.to])).toContainEqual([
    'unhealthy',
    'slow_start',
  ])
  await upstream.stop()
  expect(clock.pending()).toBe(0)
})

it('opens the circuit of an unhealthy endpoint that fails when panic uses it', async () => {
  const gone = await startRawBackend()
  await gone[Symbol.asyncDispose]()
  const backends = [{ host: '127.0.0.1', port: gone.port }]
  const { upstream, at, take } = await startUpstream(backends, { health: rules, breaker: breakerRules })
  await until(() => at(0).state === 'unhealthy')
  for (let time = 0; time < 5; time += 1) {
    const lease = take()
    expect(lease.isPanic).toBe(true)
    lease.failed(1)
    lease.release()
  }
  expect(upstream.facts.circuit).toBe('open')
  await upstream.stop()
})
