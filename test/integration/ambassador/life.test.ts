/** How the ambassador's image starts, drains and ends; research native-sidecar-lifecycle, C11, C12, C16, C23 to C30. */

import { describe, expect, it } from 'vitest'
import { until } from '../../conformance/until.ts'
import { dockerOrThrow, startContainer } from '../../docker/container.ts'
import { ambassadorImage, configFolder, startStage } from './stage.ts'
import { steadyLoad } from './steady-load.ts'

const outbound = (addresses: readonly string[], port: number): string => `
listeners: { inventory: { address: "127.0.0.1:${port}", upstream: inventory } }
upstreams: { inventory: { endpoints: ${JSON.stringify(addresses)} } }
`

const exitCode = async (id: string): Promise<number> =>
  Number(await dockerOrThrow(['inspect', '--format', '{{.State.ExitCode}}', id]))

it('serves on through the drain and ends under load without a failed request', async () => {
  await using stage = await startStage({ inventories: ['one', 'two'], config: outbound, where: 'host' })
  const { container, admin, port } = stage.ambassador
  const load = steadyLoad({ port, clients: 20 })
  await until('a thousand answers', async () => load.answered() > 1000)

  const drained = await container.exec(['podmate', 'drain'])
  expect(drained.exitCode).toBe(0)
  expect((await fetch(`${admin}/readyz`)).status).toBe(503)
  expect((await fetch(`${admin}/livez`)).status).toBe(200)
  const atDrain = load.answered()
  await until('a thousand more', async () => load.answered() > atDrain + 1000)

  await dockerOrThrow(['stop', '--time', '30', container.getId()])
  await load.ended
  expect(load.failures).toEqual([])
  expect(await exitCode(container.getId())).toBe(0)
  const last = (await stage.ambassador.lines()).at(-1)
  expect(last).toMatchObject({ msg: 'stopped', reason: 'SIGTERM', exit_code: 0 })
  expect(last?.parts).toContainEqual(
    expect.objectContaining({ part: 'listeners', facts: expect.objectContaining({ cut: 0 }) }),
  )
  const counts = await Promise.all(stage.inventories.map((inventory) => inventory.stats()))
  const received = counts.map(({ byRequest }) => byRequest['GET /v1/stock/lamp'] ?? 0)
  expect(received.reduce((sum, requests) => sum + requests, 0)).toBe(load.answered())
})

it('answers probes and metrics while it is flooded', async () => {
  await using stage = await startStage({ inventories: ['one'], config: outbound, where: 'host' })
  const load = steadyLoad({ port: stage.ambassador.port, clients: 200 })
  await until('the flood', async () => load.answered() > 1000)
  for (let index = 0; index < 10; index += 1) {
    const before = load.answered()
    expect((await fetch(`${stage.ambassador.admin}/livez`)).status).toBe(200)
    expect((await fetch(`${stage.ambassador.admin}/metrics`)).status).toBe(200)
    await until('the flood to go on', async () => load.answered() > before)
  }
  load.stop()
  await load.ended
  expect(load.failures).toEqual([])
})

it('starts again after kill -9 and serves as before', async () => {
  await using stage = await startStage({ inventories: ['one'], config: outbound, where: 'host' })
  const { container, url, admin } = stage.ambassador
  await fetch(`${url}/v1/stock/lamp`)
  await dockerOrThrow(['kill', '--signal', 'KILL', container.getId()])
  await dockerOrThrow(['start', container.getId()])
  await until('the start', async () => (await fetch(`${admin}/startupz`).catch(() => undefined))?.status === 200)
  expect((await fetch(`${url}/v1/stock/lamp`)).status).toBe(200)
})

it('ends with exit code 0 when it has nothing to do', async () => {
  await using stage = await startStage({
    inventories: [],
    config: (_addresses, port) => outbound(['127.0.0.1:1'], port),
    where: 'host',
  })
  await dockerOrThrow(['stop', '--time', '10', stage.ambassador.container.getId()])
  expect(await exitCode(stage.ambassador.container.getId())).toBe(0)
})

describe('a configuration that is wrong', () => {
  it('ends it with exit code 1 and shows every problem with its place', async () => {
    await using folder = await configFolder(`listeners:
  inventory: { address: 127.0.0.1:15010, upstream: inventry }
upstreams:
  inventory:
    dns: inventory:8080
    retires: 2
`)
    await using container = await startContainer({
      image: ambassadorImage,
      volumes: [`${folder.path}:/etc/podmates:ro`],
    })
    expect(await container.ended()).toBe(1)
    const { stderr } = await container.logs()
    expect(stderr).toContain('ambassador.yaml:6:5 PM0107 unknown key "retires"')
  })
})
