/**
 * What becomes of bad requests on real sockets: the status, the closed connection, and the exact number of
 * requests at the backend. The grammar itself has its tables in `http1`.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type AmbiguousRequest,
  refusedBeforeTheUpstream,
  refusedInTheBody,
  rightThoughOdd,
} from '../testdata/ambiguous-requests.ts'
import { type DataPath, startDataPath } from '../testdata/data-path.ts'
import { type RawBackend, startRawBackend } from '../testdata/raw-backend.ts'
import { openRawClient, rawExchange } from '../testdata/raw-client.ts'

let backend: RawBackend
let path: DataPath
let before = 0

beforeAll(async () => {
  // A body in chunks is never answered: its end would have to be found first.
  backend = await startRawBackend((head) => (head.includes('chunked') ? undefined : ok))
  path = await startDataPath(`
listeners: { app: { address: "127.0.0.1:0", upstream: app } }
upstreams: { app: { endpoints: ["${backend.address}"] } }
limits: { headBytes: 2KiB, headers: 20, targetBytes: 256B }
`)
})
beforeEach(() => {
  before = backend.heads.length
})
afterAll(async () => {
  await path.stop()
  await backend[Symbol.asyncDispose]()
})

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
const good = 'GET /good HTTP/1.1\r\nHost: a\r\n\r\n'

async function check({ bytes, statuses, upstream }: AmbiguousRequest): Promise<void> {
  const { text: answers, ending } = await rawExchange(path.port('app'), bytes)
  expect([...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))).toEqual(statuses)
  expect(backend.heads.length - before).toBe(upstream)
  expect(ending).toBe('closed')
}

describe.each(Object.entries(refusedBeforeTheUpstream))('refuses before anybody sees it, for %s', (_, table) => {
  it.each(table)('$what: $statuses', check)
})

describe('refuses in the body, of which the upstream never sees the end, for a chunk with', () => {
  it.each(refusedInTheBody)('$what: $statuses', async ({ bytes, statuses }) => {
    const from = backend.received().length
    const { text: answers, ending } = await rawExchange(path.port('app'), bytes)
    expect([...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))).toEqual(statuses)
    expect(ending).toBe('closed')
    const seen = backend.received().slice(from)
    expect(seen).not.toContain('hidden')
    expect(seen).not.toMatch(/(?:^|\n)0\r\n/)
  })
})

describe('passes on what only looks odd, so that both sides see as many requests, as for', () => {
  it.each(rightThoughOdd)('$what: $statuses, $upstream at the upstream', check)
})

it('closes the connection after a refusal, though the client would go on, and says so', async () => {
  await using client = await openRawClient(path.port('app'))
  client.write(`GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n${good}`)
  expect(await client.closed).toBe('closed')
  expect(client.received()).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
  expect(client.received()).toContain('connection: close\r\n')
  expect(backend.heads.length - before).toBe(0)
})

it('explains a refusal as a problem with a code', async () => {
  const { text } = await rawExchange(path.port('app'), 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n')
  const [head = '', body = ''] = text.split('\r\n\r\n')
  expect(head).toContain('content-type: application/problem+json\r\n')
  expect(head).toContain('podmates-error: PM2002\r\n')
  expect(JSON.parse(body)).toMatchObject({
    title: 'Bad Request',
    status: 400,
    code: 'PM2002',
    what: 'two Host fields (RFC 9112, 3.2)',
    attempts: [],
  })
})

it('breaks off a chunked body that goes wrong, and the backend never sees it whole', async () => {
  await using client = await openRawClient(path.port('app'))
  client.write('POST /broken HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
  client.write('6\r\nhello\r\n0\r\n\r\n')
  await client.until(/400 Bad Request/)
  await client.closed
  expect(backend.received().slice(backend.received().lastIndexOf('POST /broken'))).not.toContain('0\r\n\r\n')
})

it('says in the log line which rule was broken, for a head and for a body', async () => {
  const logged = path.requestCount()
  const { text } = await rawExchange(path.port('app'), 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n')
  await rawExchange(path.port('app'), 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\n')
  const [head, body] = path.requests().slice(logged)
  const { id } = JSON.parse(text.split('\r\n\r\n')[1] ?? '')
  expect(head).toMatchObject({ id, code: 'PM2002', flags: ['DPE'], what: 'two Host fields (RFC 9112, 3.2)' })
  expect(body).toMatchObject({ code: 'PM2001', flags: ['DPE'], what: expect.stringContaining('RFC 9112, 7.1') })
})

it('counts refusals by their code', async () => {
  const series = 'requests_total{listener="app",upstream="",status="4xx",flag="DPE",code="PM2003"}'
  const sofar = await path.metric(series)
  await rawExchange(path.port('app'), `GET / HTTP/1.1\r\nHost: a\r\nx: ${'a'.repeat(3000)}\r\n\r\n`)
  expect(await path.metric(series)).toBe(sofar + 1)
})
