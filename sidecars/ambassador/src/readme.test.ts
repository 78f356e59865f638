/** What README.md tells people to type is typed here, on free ports. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '@podmates/shared/config/load-config.ts'
import { freePort } from '@podmates/shared/testing/free-port.ts'
import { startBackend } from '@podmates/shared/testing/recording-backend.ts'
import { startSidecar } from '@podmates/shared/testing/sidecar-process.ts'
import { expect, it } from 'vitest'
import { configDefinition } from './config.ts'
import { startDataPath } from './testdata/data-path.ts'
import { rawExchange } from './testdata/raw-client.ts'

const root = join(import.meta.dirname, '../../..')
const folder = join(import.meta.dirname, '..')
const readme = readFileSync(join(folder, 'README.md'), 'utf8')
const example = readFileSync(join(folder, 'ambassador.example.yaml'), 'utf8')
const commands = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) => block.trim().split('\n'))

const offline = commands.filter((command) => / (check|print-config|explain) /.test(command))

it('has the commands that this test knows', () => {
  expect(offline).toHaveLength(3)
})

it.each(offline)('%s', (command) => {
  const [, ...args] = command.split(' ')
  expect(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' })).not.toBe('')
})

it('has an example whose ports are those of its text', () => {
  const world = {
    env: {},
    readFile: (): never => {
      throw new Error('no files here')
    },
  }
  const loaded = loadConfig(configDefinition, { file: 'ambassador.example.yaml', text: example }, world)
  expect(loaded).toMatchObject({
    ok: true,
    value: { listeners: { inventory: { address: { port: 15_010 } }, egress: { address: { port: 15_001 } } } },
  })
})

it('has an example that brings a request to the service, by both of its listeners', async () => {
  await using backend = await startBackend(() => ({ status: 200, body: '{"sku":"lamp"}' }))
  const env = {
    INVENTORY: `${backend.host}:${backend.port}`,
    INVENTORY_PORT: String(await freePort()),
    EGRESS_PORT: String(await freePort()),
  }
  await using sidecar = await startSidecar({ main: new URL('main.ts', import.meta.url), config: example, env })
  const short = await rawExchange(Number(env.INVENTORY_PORT), 'GET /v1/stock/lamp HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  expect(short.text).toMatch(/^HTTP\/1\.1 200[\s\S]*"lamp"/)
  const routed = await rawExchange(
    Number(env.EGRESS_PORT),
    'GET /v1/stock/lamp HTTP/1.1\r\nHost: inventory.local\r\n\r\n',
  )
  expect(routed.text).toMatch(/^HTTP\/1\.1 200[\s\S]*"lamp"/)
  expect(backend.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
    'GET /v1/stock/lamp',
    'GET /v1/stock/lamp',
  ])
  const status = await sidecar.podmate('status')
  expect(status.stdout).toContain(`inventory 127.0.0.1:${env.INVENTORY_PORT}`)
})

it('names every metric and every flag that there is', async () => {
  await using path = await startDataPath(example.replaceAll(/\{[A-Z_]+PORT:-\d+\}/g, '{NONE:-0}'))
  const everySidecars = ['build_info', 'config_info']
  const own = (await path.metricNames()).filter((name) => !everySidecars.includes(name))
  expect(own.filter((name) => !readme.includes(`\`${name}\``))).toEqual([])
  const outcomes = readFileSync(join(folder, 'src/observe/outcome.ts'), 'utf8')
  const flags = /type ResponseFlag =((?:\s+\| '[A-Z]+')+)/.exec(outcomes)?.[1]?.match(/[A-Z]+/g) ?? []
  expect(flags).toContain('UF')
  expect(flags.filter((flag) => !readme.includes(`\`${flag}\``))).toEqual([])
})
