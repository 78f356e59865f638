/** How long a request may take, and how an app on the same Pod says that it waits for less. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { until } from '../../conformance/until.ts'
import { ask, byName, fromNow } from './ask.ts'
import { type Inventory, type Stage, startStage } from './stage.ts'

let stage: Stage
let inventory: Inventory

beforeAll(async () => {
  stage = await startStage({
    inventories: ['one'],
    // Outbound, as for the app: only there is what a caller states believed.
    where: 'host',
    config: (addresses, port) =>
      byName(`127.0.0.1:${port}`, addresses, {
        long: { route: 'timeout: 20s' },
        short: { route: 'timeout: 300ms' },
      }),
  })
  inventory = stage.inventories[0] as Inventory
})
afterAll(async () => stage?.[Symbol.asyncDispose]())
beforeEach(() => inventory.behave({}))

const slow = { latency: { kind: 'fixed', value: '30s' } }

it.each([
  ['x-request-timeout', '250ms'],
  ['x-request-timeout', '250'],
  ['x-envoy-upstream-rq-timeout-ms', '250'],
])('%s: %s ends the request before the time limit of its route', async (name, value) => {
  await inventory.behave(slow)
  const { abandoned } = await inventory.stats()
  const received = await fromNow(stage)
  const answer = await ask(stage, 'long', { headers: { [name]: value } })
  expect([answer.status, answer.headers['podmates-error']]).toEqual([504, 'PM2107'])
  expect(answer.elapsedMs).toBeGreaterThanOrEqual(250)
  expect(answer.elapsedMs).toBeLessThan(5000)
  expect(await received()).toEqual([1])
  await until('the upstream to be told', async () => (await inventory.stats()).abandoned === abandoned + 1)
})

it('what is left of the time goes on to the upstream, in place of what the app had said', async () => {
  const headers = { 'x-request-timeout': '5s', 'x-envoy-upstream-rq-timeout-ms': '7000' }
  const { text } = await ask(stage, 'long', { path: '/v1/request', headers })
  const { header } = JSON.parse(text).received as { header: Record<string, string[]> }
  expect(header['X-Request-Timeout']?.[0]).toMatch(/^4\d\d\dms$/)
  expect(Number(header['X-Envoy-Expected-Rq-Timeout-Ms']?.[0])).toBeGreaterThan(4000)
  expect(header['X-Envoy-Upstream-Rq-Timeout-Ms']).toBeUndefined()
})

it('the time limit of the route stands when the app says a longer one', async () => {
  await inventory.behave(slow)
  const answer = await ask(stage, 'short', { headers: { 'x-request-timeout': '10s' } })
  expect(answer.status).toBe(504)
  expect(answer.elapsedMs).toBeLessThan(5000)
})
