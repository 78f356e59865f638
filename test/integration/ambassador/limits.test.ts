/** How much may be in flight: never one more than the configuration says, and who waits, waits in line. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Answer, ask, byName, fromNow, statusesOf } from './ask.ts'
import { type Inventory, type Stage, startStage } from './stage.ts'

let stage: Stage
let inventory: Inventory

beforeAll(async () => {
  stage = await startStage({
    inventories: ['one'],
    config: (addresses) =>
      byName('0.0.0.0:15010', addresses, {
        waits: { upstream: 'limits: { connections: 2, queue: 3, queueTimeout: 10s }' },
        hurries: { upstream: 'limits: { connections: 2, queue: 3, queueTimeout: 200ms }' },
        whole: { upstream: 'limits: { connections: 100, requests: 5, queue: 100, queueTimeout: 10s }' },
      }),
  })
  inventory = stage.inventories[0] as Inventory
})
afterAll(async () => stage?.[Symbol.asyncDispose]())
beforeEach(async () => {
  await inventory.behave({ latency: { kind: 'fixed', value: '1s' } })
})

const atOnce = (times: number, upstream: string): Promise<Answer[]> =>
  Promise.all(Array.from({ length: times }, () => ask(stage, upstream)))
const codesOf = (answers: readonly Answer[]): (string | string[] | undefined)[] =>
  answers.filter(({ status }) => status !== 200).map(({ headers }) => headers['podmates-error'])

describe('requests beyond the limit', () => {
  it('wait for a place as far as the queue goes, and the rest are answered with 503 at once', async () => {
    const received = await fromNow(stage)
    const answers = await atOnce(10, 'waits')
    expect(statusesOf(answers)).toEqual({ 200: 5, 503: 5 })
    expect(codesOf(answers)).toEqual(Array(5).fill('PM2110'))
    for (const { elapsedMs, headers } of answers.filter(({ status }) => status === 503)) {
      expect(elapsedMs).toBeLessThan(900)
      expect(headers['retry-after']).toMatch(/^[1-9]\d*$/)
      expect(headers['podmates-overloaded']).toBe('true')
    }
    expect(await received()).toEqual([5])
    expect((await inventory.stats()).inFlightMax).toBe(2)
  })

  it('that wait too long are answered with 503, and were never sent', async () => {
    const received = await fromNow(stage)
    const answers = await atOnce(5, 'hurries')
    expect(statusesOf(answers)).toEqual({ 200: 2, 503: 3 })
    expect(codesOf(answers)).toEqual(Array(3).fill('PM2111'))
    expect(await received()).toEqual([2])
    const lines = await stage.ambassador.requests('hurries', 3)
    expect(lines.map(({ flags }) => flags)).toEqual(Array(3).fill(['UO']))
  })

  it('of a whole upstream all come through in the end, never more than five at a time', async () => {
    await inventory.behave({ latency: { kind: 'uniform', min: '1ms', max: '30ms' } })
    const before = (await inventory.stats()).inFlightMax
    const answers = await atOnce(100, 'whole')
    expect(statusesOf(answers)).toEqual({ 200: 100 })
    expect(before).toBeLessThanOrEqual(5)
    expect((await inventory.stats()).inFlightMax).toBe(5)
  })
})
