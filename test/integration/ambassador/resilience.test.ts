/** What the ambassador's image makes of an upstream that misbehaves, with exact counts at the upstream. */
import { describe, expect, it } from 'vitest'
import { dockerOrThrow } from '../../docker/container.ts'
import { startStage } from './stage.ts'

const stock = '/v1/stock/lamp'
const reservation = '/v1/reservations?sku=lamp&quantity=1'

const fixed = (addresses: readonly string[]): string => `
listeners: { inventory: { address: "0.0.0.0:15010", upstream: inventory } }
upstreams: { inventory: { endpoints: ${JSON.stringify(addresses)} } }
`

describe('when one of two endpoints refuses connections', () => {
  it('every request is answered, by the other one, and none is sent twice', async () => {
    await using stage = await startStage({ inventories: ['one', 'two'], config: fixed })
    const [one, two] = stage.inventories
    const before = (await two?.stats())?.requests ?? 0
    await one?.behave({ refuse: true })
    for (let index = 0; index < 20; index += 1) {
      const got = await fetch(stage.ambassador.url + stock)
      expect(await got.json()).toMatchObject({ replica: 'two' })
      const posted = await fetch(stage.ambassador.url + reservation, { method: 'POST' })
      await posted.arrayBuffer()
      expect(posted.status).toBeLessThan(500)
    }
    const { requests, byRequest } = (await stage.inventories[1]?.stats()) ?? {}
    expect((requests ?? 0) - before).toBe(40)
    expect(byRequest).toMatchObject({ 'GET /v1/stock/lamp': 20, 'POST /v1/reservations': 20 })
    expect(await stage.ambassador.metric('retries_total{upstream="inventory",outcome="success"}')).toBe(20)
    const lines = (await stage.ambassador.lines()).filter((line) => line.msg === 'request')
    expect(lines).toHaveLength(20)
    expect(lines[0]).toMatchObject({
      attempts: [{ endpoint: 'one:8080', error: 'connect_refused' }, { endpoint: 'two:8080' }],
    })
  })
})

describe('when an endpoint resets the connection before it answers', () => {
  it('the request is not sent again, for it may have been processed', async () => {
    await using stage = await startStage({ inventories: ['one'], config: fixed })
    const [one] = stage.inventories
    await one?.behave({ faults: [{ kind: 'reset-before-head', ratio: 1 }] })
    const posted = await fetch(stage.ambassador.url + reservation, { method: 'POST' })
    expect(posted.status).toBe(502)
    expect(posted.headers.get('podmates-error')).toMatch(/^PM210[45]$/)
    expect(await posted.json()).toMatchObject({ notRetried: expect.stringContaining('may have been processed') })
    expect((await one?.stats())?.byRequest).toMatchObject({ 'POST /v1/reservations': 1 })
  })
})

describe('when the answer breaks off in its body', () => {
  it('the client sees that it is not whole', async () => {
    await using stage = await startStage({ inventories: ['one'], config: fixed })
    await stage.inventories[0]?.behave({ faults: [{ kind: 'reset-mid-body', ratio: 1 }], bodyBytes: 4096 })
    const answer = await fetch(stage.ambassador.url + stock)
    expect(answer.status).toBe(200)
    await expect(answer.arrayBuffer()).rejects.toThrow()
    const [line] = (await stage.ambassador.lines()).filter((each) => each.msg === 'request')
    expect(line).toMatchObject({ status: 200, flags: [expect.stringMatching(/^U[CR]$/)] })
  })
})

describe('when an endpoint takes longer than the route allows', () => {
  it('answers 504 with its code, and the request was sent once', async () => {
    await using stage = await startStage({
      inventories: ['one', 'two'],
      config: (addresses) => `
listeners:
  egress:
    address: 0.0.0.0:15010
    routes: [{ match: { path: /v1/* }, upstream: inventory, timeout: 300ms }]
upstreams: { inventory: { endpoints: ${JSON.stringify(addresses)} } }
`,
    })
    for (const inventory of stage.inventories) await inventory.behave({ latency: { kind: 'fixed', value: '30s' } })
    const answer = await fetch(stage.ambassador.url + stock)
    expect(answer.status).toBe(504)
    expect(await answer.json()).toMatchObject({
      code: 'PM2107',
      upstream: 'inventory',
      attempts: [{ error: 'timeout' }],
      notRetried: 'the time for the whole request was over',
    })
    const counts = await Promise.all(stage.inventories.map(async (inventory) => (await inventory.stats()).byRequest))
    const sent = counts.map((byRequest) => byRequest['GET /v1/stock/lamp'] ?? 0)
    expect(sent.toSorted()).toEqual([0, 1])
    expect((await fetch(`${stage.ambassador.url}/other`)).headers.get('podmates-error')).toBe('PM2010')
  })
})

describe('a name with several addresses', () => {
  it('is balanced over all of them, and over those that are left when one goes', async () => {
    await using stage = await startStage({
      inventories: ['one', 'two', 'three'],
      config: () => `
listeners: { inventory: { address: "0.0.0.0:15010", upstream: inventory } }
upstreams: { inventory: { dns: "inventory:8080" } }
`,
    })
    const replicas = async (requests: number): Promise<Record<string, number>> => {
      const count: Record<string, number> = {}
      for (let index = 0; index < requests; index += 1) {
        const answer = await fetch(stage.ambassador.url + stock)
        const { replica } = (await answer.json()) as { replica: string }
        count[replica] = (count[replica] ?? 0) + 1
      }
      return count
    }
    expect(await replicas(30)).toEqual({ one: 10, two: 10, three: 10 })
    // Not by Testcontainers, which would then not remove it with the rest of the stage.
    await dockerOrThrow(['stop', stage.inventories[0]?.container.getId() ?? ''])
    const left = await replicas(30)
    expect(Object.keys(left).toSorted()).toEqual(['three', 'two'])
  })
})
