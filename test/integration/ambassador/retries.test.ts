/** Which failed requests are made again, and which never; counted where they arrive. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ask, askTimes, byName, fromNow, reservation, statusesOf, stock } from './ask.ts'
import { type Inventory, type Stage, startStage } from './stage.ts'

let stage: Stage
let one: Inventory
let two: Inventory

/** In turn, and without a breaker: so that counts are exact. */
const inTurn = 'balancer: round-robin, breaker: off, outlier: off'
const on = (...what: (string | number)[]): string => `retry: { on: [${what.join(', ')}] }`

beforeAll(async () => {
  stage = await startStage({
    inventories: ['one', 'two'],
    config: (addresses) =>
      byName('0.0.0.0:15010', addresses, {
        ...Object.fromEntries(statuses.map(({ code }) => [`s${code}`, { upstream: inTurn, route: on(code) }])),
        connects: { upstream: inTurn },
        resets: { upstream: inTurn },
        bodies: { upstream: inTurn },
        off: { upstream: inTurn, route: 'retry: off' },
        slow: { upstream: inTurn, route: 'retry: { perTry: 300ms }' },
        late: { upstream: inTurn, route: 'timeout: 500ms' },
        outage: { upstream: `${inTurn}, budget: { ratio: 0.2, minPerSecond: 0 }` },
        patient: { upstream: inTurn },
        exhausted: { upstream: inTurn },
        stale: { upstream: inTurn },
      }),
  })
  ;[one, two] = stage.inventories as [Inventory, Inventory]
})
afterAll(async () => stage?.[Symbol.asyncDispose]())
beforeEach(async () => {
  await Promise.all([one.behave({}), two.behave({})])
})

const retried = (upstream: string, outcome: 'success' | 'exhausted'): Promise<number> =>
  stage.ambassador.metric(`retries_total{upstream="${upstream}",outcome="${outcome}"}`)
const refused = (upstream: string, reason: string): Promise<number> =>
  stage.ambassador.metric(`retries_refused_total{upstream="${upstream}",reason="${reason}"}`)

const statuses = [
  { code: 500, fault: { kind: 'status', code: 500 } },
  { code: 502, fault: { kind: 'status', code: 502 } },
  { code: 503, fault: { kind: 'status', code: 503 } },
  { code: 504, fault: { kind: 'status', code: 504 } },
  { code: 429, fault: { kind: 'too-many' } },
]

describe('an answer with a status that the route names', () => {
  it.each(statuses)('$code sends a GET to the other endpoint', async ({ code, fault }) => {
    await one.behave({ faults: [{ ...fault, ratio: 1 }] })
    const received = await fromNow(stage)
    const answers = await askTimes(10, stage, `s${code}`)
    expect(answers.map(({ text }) => JSON.parse(text).replica)).toEqual(Array(10).fill('two'))
    // Each second one began at the bad endpoint.
    const [atOne = 0, atTwo] = await received()
    expect(atTwo).toBe(10)
    expect(atOne).toBeGreaterThanOrEqual(4)
    expect(await retried(`s${code}`, 'success')).toBe(atOne)
  })

  it('is passed on when the route names others', async () => {
    await Promise.all([one, two].map((each) => each.behave({ faults: [{ kind: 'status', code: 503, ratio: 1 }] })))
    const received = await fromNow(stage)
    const answer = await ask(stage, 's502')
    expect(answer).toMatchObject({ status: 503, text: expect.stringContaining('service unavailable by command') })
    expect((await received()).reduce((sum, count) => sum + count)).toBe(1)
  })
})

describe('an endpoint that refuses connections', () => {
  it('costs nothing but a moment: GET and POST reach the other one, each once', async () => {
    await one.behave({ refuse: true })
    const received = await fromNow(stage)
    const gets = await askTimes(6, stage, 'connects')
    const posts = await askTimes(6, stage, 'connects', { method: 'POST', path: reservation })
    expect(statusesOf([...gets, ...posts])).toEqual({ 200: 12 })
    expect(await received()).toEqual([0, 12])
  })
})

describe('a connection that is lost before the answer', () => {
  it.each(['reset-before-head', 'close-before-head'])('by %s: a GET is sent again, a POST is not', async (kind) => {
    await one.behave({ faults: [{ kind, ratio: 1 }] })
    await two.behave({ faults: [{ kind, ratio: 1 }], first: 1 })
    const received = await fromNow(stage)
    const posted = await ask(stage, 'resets', { method: 'POST', path: reservation })
    expect(posted.status).toBe(502)
    expect(JSON.parse(posted.text)).toMatchObject({
      code: expect.stringMatching(/^PM210[45]$/),
      notRetried: expect.stringContaining('may have been processed'),
      attempts: [{}],
    })
    expect((await received()).reduce((sum, count) => sum + count)).toBe(1)
    await two.behave({})
    expect(statusesOf(await askTimes(4, stage, 'resets'))).toEqual({ 200: 4 })
  })

  it('with an Idempotency-Key a POST is sent again', async () => {
    await Promise.all(
      [one, two].map((each) => each.behave({ faults: [{ kind: 'reset-before-head', ratio: 1 }], first: 1 })),
    )
    const received = await fromNow(stage)
    const headers = { 'idempotency-key': 'order-7' }
    expect((await ask(stage, 'resets', { method: 'POST', path: reservation, headers })).status).toBe(200)
    // Both failed once; the third attempt was the good one.
    expect((await received()).reduce((sum, count) => sum + count)).toBe(3)
  })

  it('with retries off nothing is sent again', async () => {
    await Promise.all([one, two].map((each) => each.behave({ faults: [{ kind: 'reset-before-head', ratio: 1 }] })))
    const received = await fromNow(stage)
    expect((await ask(stage, 'off')).status).toBe(502)
    expect((await received()).reduce((sum, count) => sum + count)).toBe(1)
  })
})

describe('an answer that is no HTTP', () => {
  it('is 502 and never asked for again', async () => {
    await Promise.all([one, two].map((each) => each.behave({ faults: [{ kind: 'garbage', ratio: 1 }] })))
    const received = await fromNow(stage)
    const answer = await ask(stage, 'resets')
    expect([answer.status, answer.headers['podmates-error']]).toEqual([502, 'PM2106'])
    expect((await received()).reduce((sum, count) => sum + count)).toBe(1)
  })
})

describe('a body', () => {
  const put = (bytes: number) => ({ method: 'PUT', path: '/v1/request', body: Buffer.alloc(bytes, 'a body') })

  it('that was kept is sent whole to the next endpoint', async () => {
    await Promise.all(
      [one, two].map((each) => each.behave({ faults: [{ kind: 'status', code: 503, ratio: 1 }], first: 1 })),
    )
    const asked = put(60_000)
    const { status, text } = await ask(stage, 'bodies', asked)
    expect(status).toBe(200)
    expect(JSON.parse(text).received).toMatchObject({ bytes: 60_000, sha256: sha256(asked.body) })
    expect(await retried('bodies', 'success')).toBe(2)
  })

  it('that was too large to be kept is sent once, and the answer says so', async () => {
    await Promise.all([one, two].map((each) => each.behave({ faults: [{ kind: 'reset-before-head', ratio: 1 }] })))
    const received = await fromNow(stage)
    const { status, text } = await ask(stage, 'bodies', put(200_000))
    expect(status).toBe(502)
    expect(JSON.parse(text).notRetried).toContain('larger than 65536 bytes')
    expect((await received()).reduce((sum, count) => sum + count)).toBe(1)
    expect(await refused('bodies', 'not_replayable')).toBe(1)
    expect((await stage.ambassador.requests('bodies', 2)).at(-1)?.flags).toContain('NB')
  })

  it('that was too large to be kept still finds another endpoint when the first one refuses', async () => {
    await one.behave({ refuse: true })
    const asked = put(200_000)
    const answers = await askTimes(2, stage, 'connects', asked)
    expect(answers.map(({ text }) => JSON.parse(text).received.sha256)).toEqual(Array(2).fill(sha256(asked.body)))
  })
})

describe('an attempt that takes longer than perTry', () => {
  it('is given up, and a GET is answered by the other endpoint', async () => {
    await one.behave({ latency: { kind: 'fixed', value: '20s' } })
    const answers = await askTimes(2, stage, 'slow')
    expect(answers.map(({ text }) => JSON.parse(text).replica)).toEqual(['two', 'two'])
    expect((await one.stats()).abandoned).toBe(1)
  })

  it('ends a POST with 504, and it was sent once', async () => {
    await Promise.all([one, two].map((each) => each.behave({ latency: { kind: 'fixed', value: '20s' } })))
    const received = await fromNow(stage)
    const answer = await ask(stage, 'slow', { method: 'POST', path: reservation })
    expect([answer.status, answer.headers['podmates-error']]).toEqual([504, 'PM2108'])
    expect(answer.elapsedMs).toBeLessThan(5000)
    expect((await received()).reduce((sum, count) => sum + count)).toBe(1)
  })
})

describe('Retry-After', () => {
  const busy = (first: number) => ({ first, faults: [{ kind: 'status', code: 503, ratio: 1, retryAfter: '1s' }] })

  it('is waited for before the next attempt', async () => {
    await Promise.all([one, two].map((each) => each.behave(busy(1))))
    const answer = await ask(stage, 'patient')
    expect(answer.status).toBe(200)
    const [line] = await stage.ambassador.requests('patient', 1)
    const attempts = line?.attempts as { backoff_ms?: number }[]
    expect(attempts).toHaveLength(3)
    for (const { backoff_ms } of attempts.slice(0, 2)) expect(backoff_ms).toBeGreaterThanOrEqual(1000)
    expect(answer.elapsedMs).toBeGreaterThanOrEqual(2000)
  })

  it('longer than the time that is left means no retry: the client gets the answer at once', async () => {
    await Promise.all([one, two].map((each) => each.behave(busy(0))))
    const answer = await ask(stage, 'late')
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
    expect(answer.elapsedMs).toBeLessThan(500)
    expect(await refused('late', 'no_time')).toBe(1)
  })
})

describe('when every attempt has failed', () => {
  it("the client gets the last real answer of the upstream, not one of the ambassador's", async () => {
    await Promise.all([one, two].map((each) => each.behave({ faults: [{ kind: 'status', code: 503, ratio: 1 }] })))
    const received = await fromNow(stage)
    const answer = await ask(stage, 'exhausted')
    expect(answer).toMatchObject({ status: 503, text: expect.stringContaining('service unavailable by command') })
    expect(answer.headers['podmates-error']).toBeUndefined()
    expect((await received()).reduce((sum, count) => sum + count)).toBe(3)
    expect((await stage.ambassador.requests('exhausted', 1)).at(-1)?.flags).toContain('URX')
  })

  it('a total outage meets the budget: no more than a fifth on top, whatever the routes want', async () => {
    await Promise.all([one, two].map((each) => each.behave({ faults: [{ kind: 'status', code: 503, ratio: 1 }] })))
    const received = await fromNow(stage)
    const answers = await askTimes(200, stage, 'outage')
    expect(statusesOf(answers)).toEqual({ 503: 200 })
    const all = (await received()).reduce((sum, count) => sum + count)
    expect(all).toBeLessThanOrEqual(240)
    expect(all).toBeGreaterThan(220)
    expect(await retried('outage', 'exhausted')).toBe(all - 200)
    expect(await refused('outage', 'budget')).toBeGreaterThan(100)
  })
})

describe('a kept connection that the upstream closes at the moment it is used', () => {
  it('never fails a GET, however often it happens', async () => {
    await Promise.all([one, two].map((each) => each.behave({ closeIdleAfter: '1ms' })))
    const received = await fromNow(stage)
    const answers = await askTimes(500, stage, 'stale', { path: stock })
    expect(statusesOf(answers)).toEqual({ 200: 500 })
    expect((await received()).reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(500)
  })
})

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
