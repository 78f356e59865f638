/** A second endpoint is asked when the first one is slow: for whom, how often, and what becomes of the first. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { until } from '../../conformance/until.ts'
import { ask, askTimes, byName, fromNow, reservation, statusesOf } from './ask.ts'
import { type Inventory, type Stage, startStage } from './stage.ts'

let stage: Stage
let one: Inventory
let two: Inventory

const inTurn = 'balancer: round-robin, breaker: off, outlier: off, budget: { ratio: 0.2, minPerSecond: 0 }'
const slow = { latency: { kind: 'fixed', value: '10s' } }

beforeAll(async () => {
  stage = await startStage({
    inventories: ['one', 'two'],
    config: (addresses) =>
      byName('0.0.0.0:15010', addresses, {
        hedged: { upstream: inTurn, route: 'hedge: { after: 100ms, max: 1 }' },
        spent: { upstream: inTurn, route: 'timeout: 1s, hedge: { after: 100ms, max: 1 }' },
      }),
  })
  ;[one, two] = stage.inventories as [Inventory, Inventory]
})
afterAll(async () => stage?.[Symbol.asyncDispose]())
beforeEach(async () => {
  await Promise.all([one.behave({}), two.behave({})])
})

const hedges = (upstream: string, outcome: 'won' | 'lost'): Promise<number> =>
  stage.ambassador.metric(`hedges_total{upstream="${upstream}",outcome="${outcome}"}`)

it('a GET at a slow endpoint is answered by the other one, and given up at the first', async () => {
  // Each request allows a fifth of a hedge.
  await askTimes(10, stage, 'hedged')
  await one.behave(slow)
  const received = await fromNow(stage)
  const answers = await askTimes(2, stage, 'hedged')
  expect(answers.map(({ text }) => JSON.parse(text).replica)).toEqual(['two', 'two'])
  for (const { elapsedMs } of answers) expect(elapsedMs).toBeLessThan(5000)
  expect(await received()).toEqual([1, 2])
  expect([await hedges('hedged', 'won'), await hedges('hedged', 'lost')]).toEqual([1, 0])
  await until('the first to be given up', async () => (await one.stats()).abandoned === 1)
  const [line] = await stage.ambassador.requests('hedged', 1)
  expect(line).toMatchObject({ status: 200, flags: ['HG'] })
  expect(line?.attempts).toContainEqual(expect.objectContaining({ hedge: true, endpoint: 'two:8080', status: 200 }))
})

it('a POST is never sent twice for being slow', async () => {
  await askTimes(10, stage, 'hedged')
  await Promise.all([one, two].map((each) => each.behave({ latency: { kind: 'fixed', value: '400ms' } })))
  const received = await fromNow(stage)
  const answers = await askTimes(4, stage, 'hedged', { method: 'POST', path: reservation })
  expect(statusesOf(answers)).toEqual({ 200: 4 })
  expect(await received()).toEqual([2, 2])
})

it('when all are slow, hedges end with the budget: one for five requests', async () => {
  await Promise.all([one, two].map((each) => each.behave({ latency: { kind: 'fixed', value: '200ms' } })))
  const received = await fromNow(stage)
  const answers = await Promise.all(Array.from({ length: 40 }, () => ask(stage, 'spent')))
  expect(statusesOf(answers)).toEqual({ 200: 40 })
  const all = (await received()).reduce((sum, count) => sum + count)
  expect(all).toBeLessThanOrEqual(48)
  expect(all).toBeGreaterThan(40)
  expect((await hedges('spent', 'won')) + (await hedges('spent', 'lost'))).toBe(all - 40)
})
