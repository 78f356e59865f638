import { afterAll, beforeAll, expect, it } from 'vitest'
import { type DataPath, startDataPath } from '../testdata/data-path.ts'
import { type RawBackend, startRawBackend } from '../testdata/raw-backend.ts'
import { rawExchange } from '../testdata/raw-client.ts'

let items: RawBackend
let rest: RawBackend
let path: DataPath

beforeAll(async () => {
  items = await startRawBackend(() => 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nitems')
  rest = await startRawBackend(() => 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nrest')
  path = await startDataPath(`
listeners:
  egress:
    address: 127.0.0.1:0
    routes:
      - { match: { host: shop.local, path: /items/*, methods: [GET] }, upstream: items }
      - { match: { host: shop.local, path: /gone }, status: 410 }
      - { match: { host: shop.local, path: /nothing }, status: 204 }
      - { match: { host: shop.local, path: /reset }, status: 205 }
      - { match: { host: shop.local, path: /same }, status: 304 }
      - { match: { host: shop.local }, upstream: rest }
upstreams:
  items: { endpoints: ["${items.address}"] }
  rest: { endpoints: ["${rest.address}"] }
`)
})
afterAll(async () => {
  await path.stop()
  await items[Symbol.asyncDispose]()
  await rest[Symbol.asyncDispose]()
})

it.each([
  { line: 'GET /items/1', host: 'shop.local', answer: /200[\s\S]*items$/ },
  { line: 'POST /items/1', host: 'shop.local', answer: /200[\s\S]*rest$/ },
  { line: 'GET /', host: 'shop.local:15001', answer: /200[\s\S]*rest$/ },
  { line: 'GET /gone', host: 'shop.local', answer: /^HTTP\/1\.1 410 Gone\r\n[\s\S]*podmates-error: PM2011/ },
  { line: 'GET /', host: 'elsewhere', answer: /^HTTP\/1\.1 404 Not Found\r\n[\s\S]*podmates-error: PM2010/ },
])('$line at $host', async ({ line, host, answer }) => {
  const { text } = await rawExchange(path.port('egress'), `${line} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  expect(text).toMatch(answer)
})

it('keeps the connection after an answer of its own', async () => {
  const { text } = await rawExchange(
    path.port('egress'),
    'GET /gone HTTP/1.1\r\nHost: shop.local\r\n\r\nGET /items/1 HTTP/1.1\r\nHost: shop.local\r\n\r\n',
  )
  expect(text).toMatch(/^HTTP\/1\.1 410[\s\S]*HTTP\/1\.1 200[\s\S]*items$/)
})

it.each([
  { path: '/nothing', head: 'HTTP/1.1 204 No Content\r\npodmates-error: PM2011\r\n\r\n' },
  { path: '/reset', head: 'HTTP/1.1 205 Reset Content\r\ncontent-length: 0\r\npodmates-error: PM2011\r\n\r\n' },
  { path: '/same', head: 'HTTP/1.1 304 Not Modified\r\npodmates-error: PM2011\r\n\r\n' },
])('sends no body with a status that has none, so that the next answer is where clients look: $path', async (row) => {
  const to = (target: string) => `GET ${target} HTTP/1.1\r\nHost: shop.local\r\n\r\n`
  const { text } = await rawExchange(path.port('egress'), to(row.path) + to('/items/1'))
  expect(text.slice(0, row.head.length)).toBe(row.head)
  expect(text.slice(row.head.length)).toMatch(/^HTTP\/1\.1 200/)
})
