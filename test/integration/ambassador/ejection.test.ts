/** How endpoints that fail are left alone, and come back: breaker, health checks, outliers, panic. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { until } from '../../conformance/until.ts'
import { type Answer, ask, askTimes, byName, fromNow, statusesOf } from './ask.ts'
import { type Inventory, type Stage, startStage } from './stage.ts'

let stage: Stage
let inventories: readonly Inventory[]
let one: Inventory
let two: Inventory

const plain = 'balancer: round-robin, breaker: off, outlier: off'
const fails = { faults: [{ kind: 'status', code: 500, ratio: 1 }] }

beforeAll(async () => {
  stage = await startStage({
    // As many as it takes for one to stand out.
    inventories: ['one', 'two', 'three', 'four', 'five'],
    config: (addresses) =>
      byName('0.0.0.0:15010', addresses, {
        opens: {
          upstream: 'balancer: round-robin, outlier: off, breaker: { consecutive: 3, open: 1s..60s }, panic: 0',
          route: 'retry: off',
        },
        aside: {
          upstream: 'balancer: round-robin, outlier: off, breaker: { consecutive: 3, open: 3s..60s }',
          route: 'retry: off',
        },
        checked: {
          upstream: `${plain}, health: { path: /healthz, interval: 100ms, unhealthy: 2, healthy: 2 }`,
          route: 'retry: off',
        },
        outlying: {
          upstream: 'balancer: round-robin, breaker: off, outlier: { interval: 5s, base: 1s, maxEjected: 0.5 }',
          route: 'retry: off',
        },
      }),
  })
  inventories = stage.inventories
  ;[one, two] = inventories as [Inventory, Inventory]
})
afterAll(async () => stage?.[Symbol.asyncDispose]())
beforeEach(() => all({}))

const all = async (behaviour: object): Promise<void> => {
  await Promise.all(inventories.map((each) => each.behave(behaviour)))
}
const inState = (upstream: string, state: string): Promise<number> =>
  stage.ambassador.metric(`endpoints{upstream="${upstream}",state="${state}"}`)
const replicasOf = (answers: readonly Answer[]): string[] =>
  [...new Set(answers.map(({ text }) => (JSON.parse(text) as { replica: string }).replica))].toSorted()

describe('the circuit of an endpoint', () => {
  it('opens after so many failures in a row; the others serve on, and it is probed until it is well', async () => {
    await one.behave(fails)
    const received = await fromNow(stage)
    const answers = await askTimes(40, stage, 'aside')
    // Three failures open it. Then nothing but a probe now and then, which fails and is not repeated before its time.
    const [atOne = 0] = await received()
    expect(atOne).toBe(3)
    expect(statusesOf(answers)).toEqual({ 200: 37, 500: 3 })
    expect(await inState('aside', 'open')).toBe(1)

    await one.behave({})
    await until('a probe to succeed', async () => {
      await askTimes(5, stage, 'aside')
      return (await inState('aside', 'healthy')) === 5
    })
    const again = await fromNow(stage)
    await askTimes(50, stage, 'aside')
    expect(await again()).toEqual([10, 10, 10, 10, 10])
  })
})

describe('the circuit of an upstream', () => {
  it('opens when all endpoints fail: requests are answered at once and none is sent, until a probe succeeds', async () => {
    await all(fails)
    await until('all circuits to open', async () => {
      await askTimes(5, stage, 'opens')
      return (await stage.ambassador.metric('upstream_circuit_open{upstream="opens"}')) === 1
    })
    const received = await fromNow(stage)
    const answer = await ask(stage, 'opens')
    expect(answer).toMatchObject({
      status: 503,
      headers: { 'podmates-error': 'PM2109', 'retry-after': expect.stringMatching(/^[1-9]\d*$/) },
    })
    expect(await received()).toEqual([0, 0, 0, 0, 0])
    await until('the log line', async () => {
      const lines = await stage.ambassador.requests('opens', 1)
      return lines.some(({ flags }) => JSON.stringify(flags) === '["BO"]')
    })

    await all({})
    await until('a probe to succeed', async () => (await ask(stage, 'opens')).status === 200)
    await until('all circuits to close', async () => {
      await askTimes(5, stage, 'opens')
      return (await inState('opens', 'healthy')) === 5
    })
  })
})

describe('health checks', () => {
  it('take an endpoint out before a request meets it, and in again when it is well', async () => {
    await one.behave({ unhealthy: true })
    await until('the check to fail', async () => (await inState('checked', 'unhealthy')) === 1)
    const received = await fromNow(stage)
    await askTimes(40, stage, 'checked')
    expect(await received()).toEqual([0, 10, 10, 10, 10])

    await one.behave({})
    await until('the check to pass', async () => (await inState('checked', 'unhealthy')) === 0)
    expect(replicasOf(await askTimes(10, stage, 'checked'))).toEqual(['five', 'four', 'one', 'three', 'two'])
  })

  it('that leave less than half of the endpoints are not believed: all are used, and the log says so', async () => {
    await all({ unhealthy: true })
    // Panic begins with the third; a request to one that still counts as healthy would have no flag, and no line.
    await until('all to be unhealthy', async () => (await inState('checked', 'unhealthy')) === 5)
    expect(await stage.ambassador.metric('upstream_panic{upstream="checked"}')).toBe(1)
    const answers = await askTimes(10, stage, 'checked')
    expect(statusesOf(answers)).toEqual({ 200: 10 })
    expect(replicasOf(answers)).toEqual(['five', 'four', 'one', 'three', 'two'])
    const lines = await stage.ambassador.requests('checked', 10)
    expect(lines.slice(-10).every(({ flags }) => (flags as string[]).includes('PN'))).toBe(true)
  })
})

describe('an endpoint that fails far more often than the others', () => {
  it('is ejected for a time, and gets requests again after it', async () => {
    await two.behave({ faults: [{ kind: 'status', code: 500, ratio: 0.7 }] })
    await until(
      'the ejection',
      async () => {
        await Promise.all(Array.from({ length: 10 }, () => askTimes(5, stage, 'outlying')))
        return (await inState('outlying', 'ejected')) === 1
      },
      60_000,
    )
    const received = await fromNow(stage)
    expect(statusesOf(await askTimes(40, stage, 'outlying'))).toEqual({ 200: 40 })
    expect(await received()).toEqual([10, 0, 10, 10, 10])

    await two.behave({})
    await until('its return', async () => {
      await askTimes(5, stage, 'outlying')
      return (await inState('outlying', 'healthy')) === 5
    })
  })
})
