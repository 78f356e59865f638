import { describe, expect, it } from 'vitest'
import { readResponseHead } from './response-head.ts'

const limits = { headBytesMax: 32_768, headersMax: 5, targetBytesMax: 64 }

const read = (lines: readonly string[], asked: 'head' | 'other' = 'other') =>
  readResponseHead(`${lines.join('\r\n')}\r\n\r\n`, asked, limits)

describe('how a response ends', () => {
  it.each([
    { lines: ['HTTP/1.1 200 OK', 'Content-Length: 5'], framing: { kind: 'length', bytes: 5 }, keepAlive: true },
    { lines: ['HTTP/1.1 200 OK', 'Content-Length: 0'], framing: { kind: 'none' }, keepAlive: true },
    { lines: ['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'], framing: { kind: 'chunked' }, keepAlive: true },
    { lines: ['HTTP/1.1 200 OK'], framing: { kind: 'until-close' }, keepAlive: false },
    {
      lines: ['HTTP/1.1 200 OK', 'Content-Length: 5', 'Connection: close'],
      framing: { kind: 'length', bytes: 5 },
      keepAlive: false,
    },
    { lines: ['HTTP/1.0 200 OK', 'Content-Length: 5'], framing: { kind: 'length', bytes: 5 }, keepAlive: false },
    {
      lines: ['HTTP/1.0 200 OK', 'Content-Length: 5', 'Connection: keep-alive'],
      framing: { kind: 'length', bytes: 5 },
      keepAlive: false,
    },
    { lines: ['HTTP/1.1 204 No Content'], framing: { kind: 'none' }, keepAlive: true },
    { lines: ['HTTP/1.1 304 Not Modified', 'Content-Length: 5'], framing: { kind: 'none' }, keepAlive: true },
    { lines: ['HTTP/1.1 304 Not Modified', 'Transfer-Encoding: chunked'], framing: { kind: 'none' }, keepAlive: true },
    { lines: ['HTTP/1.1 100 Continue'], framing: { kind: 'none' }, keepAlive: true },
  ])('$lines', ({ lines, framing, keepAlive }) => {
    expect(read(lines)).toMatchObject({ ok: true, framing, keepAlive })
  })

  it('is its head when it answers a HEAD, whatever length it tells', () => {
    expect(read(['HTTP/1.1 200 OK', 'Content-Length: 5'], 'head')).toMatchObject({ framing: { kind: 'none' } })
    expect(read(['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'], 'head')).toMatchObject({ framing: { kind: 'none' } })
    expect(read(['HTTP/1.1 200 OK'], 'head')).toMatchObject({ framing: { kind: 'none' }, keepAlive: true })
  })
})

it('passes on the status line as HTTP/1.1, and the fields that are not meant for one connection', () => {
  expect(read(['HTTP/1.0 299 Fine by me \xe4', 'A: 1', 'Connection: close', 'B: 2'])).toMatchObject({
    status: 299,
    statusLine: 'HTTP/1.1 299 Fine by me \xe4\r\n',
    fields: 'A: 1\r\nB: 2\r\n',
  })
})

it('removes the length that some servers send with 204, where no body can be', () => {
  expect(read(['HTTP/1.1 204 No Content', 'A: 1', 'content-length: 0', 'B: 2'])).toMatchObject({
    fields: 'A: 1\r\nB: 2\r\n',
  })
})

it('tells for how long the connection will be kept, and when to come again', () => {
  const lines = ['HTTP/1.1 503 Busy', 'Keep-Alive: timeout=5, max=100', 'Retry-After: 7', 'Content-Length: 0']
  expect(read(lines)).toMatchObject({
    keepAliveMs: 5000,
    retryAfter: '7',
    fields: 'Retry-After: 7\r\nContent-Length: 0\r\n',
  })
})

it.each(['max=100', 'timeout=', 'timeout=-5', 'timeout=99999999', 'xtimeout=5'])(
  'tells nothing by Keep-Alive: %s',
  (value) => {
    expect(read(['HTTP/1.1 204 No Content', `Keep-Alive: ${value}`])).toMatchObject({ keepAliveMs: undefined })
  },
)

it.each(['HTTP/1.1 200', 'HTTP/1.1 200 '])('takes the status line "%s", whose reason is missing', (line) => {
  expect(read([line, 'Content-Length: 0'])).toMatchObject({ ok: true, status: 200 })
})

describe('refuses', () => {
  it.each([
    { what: 'a status below 100', lines: ['HTTP/1.1 099 Odd'] },
    { what: 'a status above 599', lines: ['HTTP/1.1 600 Odd'] },
    { what: 'a status of two digits', lines: ['HTTP/1.1 20 OK'] },
    { what: 'a status of four digits', lines: ['HTTP/1.1 2000 OK'] },
    { what: 'no status', lines: ['HTTP/1.1 OK'] },
    { what: 'HTTP/2.0', lines: ['HTTP/2.0 200 OK'] },
    { what: 'two spaces', lines: ['HTTP/1.1  200 OK'] },
    { what: 'a control character in the reason', lines: ['HTTP/1.1 200 \x01'] },
    { what: 'a request', lines: ['GET / HTTP/1.1', 'Host: a'] },
    { what: 'both ways of framing', lines: ['HTTP/1.1 200 OK', 'Content-Length: 5', 'Transfer-Encoding: chunked'] },
    { what: 'two lengths', lines: ['HTTP/1.1 200 OK', 'Content-Length: 5', 'Content-Length: 5'] },
    { what: 'a signed length', lines: ['HTTP/1.1 200 OK', 'Content-Length: +5'] },
    { what: 'a coding in HTTP/1.0', lines: ['HTTP/1.0 200 OK', 'Transfer-Encoding: chunked'] },
    { what: 'another coding', lines: ['HTTP/1.1 200 OK', 'Transfer-Encoding: gzip, chunked'] },
    { what: 'a coding with 204', lines: ['HTTP/1.1 204 No Content', 'Transfer-Encoding: chunked'] },
    { what: 'a folded line', lines: ['HTTP/1.1 200 OK', 'a: 1', ' 2'] },
    { what: 'a line feed in a value', lines: ['HTTP/1.1 200 OK', 'a: 1\nset-cookie: x'] },
    { what: 'too many fields', lines: ['HTTP/1.1 200 OK', 'a: 1', 'b: 1', 'c: 1', 'd: 1', 'e: 1', 'f: 1'] },
  ])('$what', ({ lines }) => {
    expect(read(lines)).toMatchObject({ ok: false })
  })
})
