/** How the ambassador's image finds endpoints by a name, and follows it. */
import { describe, expect, it } from 'vitest'
import { dockerOrThrow } from '../../docker/container.ts'
import { startStage } from './stage.ts'

describe('a name with several addresses', () => {
  it('is balanced over all of them, and over those that are left when one goes', async () => {
    await using stage = await startStage({
      inventories: ['one', 'two', 'three'],
      config: () => `
listeners: { inventory: { address: "0.0.0.0:15010", upstream: inventory } }
upstreams: { inventory: { dns: "inventory:8080", balancer: round-robin } }
`,
    })
    const replicas = async (requests: number): Promise<Record<string, number>> => {
      const count: Record<string, number> = {}
      for (let index = 0; index < requests; index += 1) {
        const answer = await fetch(`${stage.ambassador.url}/v1/stock/lamp`)
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
