/**
 * What becomes of bad requests on real sockets: the status, the closed connection, and the exact number of
 * requests at the backend. The grammar itself has its tables in `http1`.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type DataPath, startDataPath } from '../testdata/data-path.ts'
import { type RawBackend, startRawBackend } from '../testdata/raw-backend.ts'
import { openRawClient, rawExchange } from '../testdata/raw-client.ts'

let backend: RawBackend
let path: DataPath
let before = 0

beforeAll(async () => {
  backend = await startRawBackend()
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

const good = 'GET /good HTTP/1.1\r\nHost: a\r\n\r\n'

/** Bytes on one connection, the status of each answer, and how many requests the backend sees. */
const table: readonly { what: string; text: string; statuses: number[]; backend: number }[] = [
  { what: 'two good requests', text: good + good, statuses: [200, 200], backend: 2 },
  { what: 'a good and a bad one', text: `${good}GET / HTTP/1.1\r\n\r\n`, statuses: [200, 400], backend: 1 },
  { what: 'a bad and a good one', text: `GET / HTTP/1.1\r\n\r\n${good}`, statuses: [400], backend: 0 },
  {
    what: 'CL.TE: a request hidden behind a length',
    text: `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${good}`,
    statuses: [400],
    backend: 0,
  },
  {
    what: 'TE.CL: a request hidden in a chunk',
    text: `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n1f\r\n${good}\r\n0\r\n\r\n`,
    statuses: [400],
    backend: 0,
  },
  {
    what: 'TE.TE: a coding that only some know',
    text: `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${good}`,
    statuses: [501],
    backend: 0,
  },
  {
    what: 'CL.0: a request in a body that is none of its business',
    text: `POST / HTTP/1.1\r\nConnection: close\r\nHost: a\r\nContent-Length: ${good.length}\r\n\r\n${good}`,
    statuses: [200],
    backend: 1,
  },
  {
    what: '0.CL: a request where a length said that there is no body',
    text: `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n${good}`,
    statuses: [200, 200],
    backend: 2,
  },
  {
    what: 'CONNECT',
    text: `CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: a\r\n\r\n${good}`,
    statuses: [501],
    backend: 0,
  },
  {
    what: 'a whole URL',
    text: `GET http://169.254.169.254/ HTTP/1.1\r\nHost: a\r\n\r\n${good}`,
    statuses: [400],
    backend: 0,
  },
  { what: 'the preface of HTTP/2', text: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', statuses: [505], backend: 0 },
  { what: 'a TLS hello', text: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', statuses: [400], backend: 0 },
  { what: 'lines that end in LF alone', text: 'GET / HTTP/1.1\nHost: a\n\n', statuses: [400], backend: 0 },
  {
    what: 'too long a target',
    text: `GET /${'a'.repeat(256)} HTTP/1.1\r\nHost: a\r\n\r\n${good}`,
    statuses: [414],
    backend: 0,
  },
  { what: 'a target without end', text: `GET /${'a'.repeat(3000)}`, statuses: [414], backend: 0 },
  {
    what: 'too large a head',
    text: `GET / HTTP/1.1\r\nHost: a\r\nx: ${'a'.repeat(3000)}\r\n\r\n`,
    statuses: [431],
    backend: 0,
  },
  {
    what: 'too many fields',
    text: `GET / HTTP/1.1\r\nHost: a\r\n${'x: 1\r\n'.repeat(21)}\r\n`,
    statuses: [431],
    backend: 0,
  },
  {
    what: 'too long a length',
    text: `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${'9'.repeat(20)}\r\n\r\n`,
    statuses: [413],
    backend: 0,
  },
  {
    what: 'an expectation',
    text: `PUT / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\nContent-Length: 1\r\n\r\nx${good}`,
    statuses: [417],
    backend: 0,
  },
]

describe('answers', () => {
  it.each(table)('$what: $statuses, $backend at the backend', async ({ text, statuses, backend: count }) => {
    const { text: answers, ending } = await rawExchange(path.port('app'), text)
    expect([...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))).toEqual(statuses)
    expect(backend.heads.length - before).toBe(count)
    expect(ending).toBe('closed')
  })
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

it('counts refusals by their code', async () => {
  const series = 'requests_total{listener="app",upstream="",status="4xx",flag="DPE",code="PM2003"}'
  const sofar = await path.metric(series)
  await rawExchange(path.port('app'), `GET / HTTP/1.1\r\nHost: a\r\nx: ${'a'.repeat(3000)}\r\n\r\n`)
  expect(await path.metric(series)).toBe(sofar + 1)
})
