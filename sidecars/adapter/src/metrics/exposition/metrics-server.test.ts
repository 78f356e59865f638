import { createMetrics } from '@podmates/shared/metrics/metrics.ts'
import { freePort } from '@podmates/shared/testing/free-port.ts'
import { recordingLog } from '@podmates/shared/testing/recording-log.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createMetricsServer } from './metrics-server.ts'

const noDeadline = new AbortController().signal

let url: string
let stop: () => Promise<unknown>
let scrapes = 0

beforeEach(async () => {
  const address = { host: '127.0.0.1', port: await freePort() }
  scrapes = 0
  const page = (): string => {
    scrapes += 1
    return `scrapes ${scrapes}\n`
  }
  const world = { log: recordingLog(), metrics: createMetrics('adapter', '0'), page }
  const server = createMetricsServer({ address, path: '/metrics' }, world)
  await server.start?.(noDeadline)
  url = `http://127.0.0.1:${address.port}`
  stop = async () => server.stop?.(noDeadline)
})
afterEach(() => stop())

it('writes the page anew for each scrape, with the type that Prometheus asks for', async () => {
  await fetch(`${url}/metrics`)
  const answer = await fetch(`${url}/metrics?name[]=x`)
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(await answer.text()).toBe('scrapes 2\n')
})

it.each([
  ['GET', '/', 404],
  ['GET', '/metrics/', 404],
  ['POST', '/metrics', 405],
  ['HEAD', '/metrics', 200],
])('answers %s %s with %i', async (method, path, status) => {
  const answer = await fetch(url + path, { method })
  expect(answer.status).toBe(status)
})
