/** The images of the Go apps, and of the program that holds a Pod's network. */
import { describe, expect, it } from 'vitest'
import { until } from '../../conformance/until.ts'
import { dockerOrThrow, startContainer } from '../../docker/container.ts'

describe.each(['checkout', 'inventory', 'load', 'pause', 'puppet'])('podmates/%s:dev', (name) => {
  it('is one static program in one layer, run by a user that is not root', async () => {
    const format = '{{len .RootFS.Layers}} {{.Config.User}} {{json .Config.Entrypoint}}'
    const facts = await dockerOrThrow(['image', 'inspect', '--format', format, `podmates/${name}:dev`])
    expect(facts.trim()).toBe('1 65532:65532 ["/usr/bin/app"]')
  })
})

it('pause ends with exit code 0 at SIGTERM', async () => {
  await using pause = await startContainer({ image: 'podmates/pause:dev' })
  expect(await pause.stop(10)).toBe(0)
})

it('checkout refuses to start without its settings, with one line that says where it looked', async () => {
  await using checkout = await startContainer({ image: 'podmates/checkout:dev', env: { LOG_FILE: '' } })
  expect(await checkout.ended()).toBe(1)
  expect((await checkout.logs()).stderr).toMatch(/^checkout: open \/config\/app\.yaml: no such file or directory\n$/)
})

it('inventory serves, counts, and ends with exit code 0', async () => {
  await using inventory = await startContainer({
    image: 'podmates/inventory:dev',
    ports: [8080, 8081],
    env: { REPLICA: 'one' },
  })
  const at = async (port: number): Promise<string> => `http://${await inventory.address(port)}`
  const get = (url: string): Promise<Response | undefined> => fetch(url).catch(() => undefined)
  const data = await at(8080)
  await until('the inventory to answer', async () => (await get(`${data}/healthz`))?.ok === true)
  expect(await (await fetch(`${data}/v1/stock/lamp`)).json()).toEqual({ sku: 'lamp', quantity: 100, replica: 'one' })
  const stats = await (await fetch(`${await at(8081)}/-/stats`)).json()
  expect(stats).toMatchObject({ byRequest: { 'GET /v1/stock/lamp': 1 }, byOutcome: { served: 1 } })
  expect(await inventory.stop(10)).toBe(0)
})
