/** Answers that break off or never come: what the client sees, and what the log says. */
import { describe, expect, it } from 'vitest'
import { until } from '../../conformance/until.ts'
import { dockerOrThrow } from '../../docker/container.ts'
import { startStage } from './stage.ts'

const stock = '/v1/stock/lamp'

const fixed = (addresses: readonly string[]): string => `
listeners: { inventory: { address: "0.0.0.0:15010", upstream: inventory } }
upstreams: { inventory: { endpoints: ${JSON.stringify(addresses)} } }
`

describe('when the answer breaks off in its body', () => {
  it('the client sees that it is not whole', async () => {
    await using stage = await startStage({ inventories: ['one'], config: fixed })
    await stage.inventories[0]?.behave({ faults: [{ kind: 'reset-mid-body', ratio: 1 }], bodyBytes: 4096 })
    const answer = await fetch(stage.ambassador.url + stock)
    expect(answer.status).toBe(200)
    await expect(answer.arrayBuffer()).rejects.toThrow()
    const [line] = await stage.ambassador.requests('inventory', 1)
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

describe('when the time of the drain is over before the answer is there', () => {
  it('the client sees a broken connection, and the log says that it was not the client who left', async () => {
    await using stage = await startStage({
      inventories: ['one'],
      config: (addresses) => `${fixed(addresses)}drain: { delay: 0s, timeout: 200ms }\n`,
    })
    const { container, url } = stage.ambassador
    await stage.inventories[0]?.behave({ latency: { kind: 'fixed', value: '30s' } })
    const answer = fetch(url + stock).catch((error: Error) => error)
    await until('the request to arrive', async () => (await stage.inventories[0]?.received()) === 1)
    await dockerOrThrow(['stop', '--time', '10', container.getId()])
    expect(await answer).toBeInstanceOf(Error)
    const [line] = await stage.ambassador.requests('inventory', 1)
    expect(line).toMatchObject({ status: 0, flags: ['DE'], code: 'PM2017', attempts: [{ error: 'cancelled' }] })
  })
})
