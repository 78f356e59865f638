/** Answers that break off or never come: what the client sees, and what the log says. */
import { describe, expect, it } from 'vitest'
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
