import { describe, expect, it } from 'vitest'
import { readTrailers } from './trailer-fields.ts'

const limits = { headBytesMax: 1024, headersMax: 3, targetBytesMax: 64 }

const read = (...lines: string[]) =>
  readTrailers(
    lines
      .map((line) => `${line}\r\n`)
      .concat('\r\n')
      .join(''),
    limits,
  )

it('passes on the lines of an app as they came', () => {
  expect(read('grpc-status: 0', 'X-Sum:  1 ', 'x-a: \xe4')).toBe('grpc-status: 0\r\nX-Sum:  1 \r\nx-a: \xe4\r\n')
})

it('is nothing when there are none', () => {
  expect(read()).toBe('')
})

describe('drops what would be decided by, had it come in the head', () => {
  it.each([
    ...['Authorization', 'Cookie', 'Set-Cookie', 'Proxy-Authorization', 'WWW-Authenticate'],
    ...['Content-Type', 'Content-Encoding', 'Content-Range', 'Cache-Control', 'Vary', 'Location', 'Expires'],
    ...['If-Match', 'Accept', 'Range', 'Expect', 'TE', 'Trailer', 'Connection', 'Upgrade', 'Max-Forwards'],
    ...[
      'Forwarded',
      'Via',
      'X-Forwarded-For',
      'X_Forwarded_Proto',
      'x-real-ip',
      'x-envoy-retry-on',
      'x-request-timeout',
    ],
    ...['traceparent', 'Idempotency-Key', 'podmates-error', 'Access-Control-Allow-Origin', 'x-http-method-override'],
  ])('%s', (name) => {
    expect(read(`${name}: 1`, 'x-end: 2')).toBe('x-end: 2\r\n')
  })
})

it.each(['ETag', 'Content-Digest', 'Server-Timing', 'Signature'])(
  'keeps %s, which is known only at the end',
  (name) => {
    expect(read(`${name}: 1`)).toBe(`${name}: 1\r\n`)
  },
)

describe('refuses', () => {
  it.each([
    { what: 'a length', line: 'Content-Length: 1', status: 400 },
    { what: 'a coding', line: 'Transfer-Encoding: chunked', status: 400 },
    { what: 'a length with an underscore', line: 'content_length: 1', status: 400 },
    { what: 'a host', line: 'Host: a', status: 400 },
    { what: 'a folded line', line: ' x', status: 400 },
    { what: 'a control character', line: 'x: \0', status: 400 },
  ])('$what', ({ line, status }) => {
    expect(read(line)).toMatchObject({ ok: false, status })
  })

  it('more lines than a head may have', () => {
    expect(read('a: 1', 'b: 1', 'c: 1', 'd: 1')).toMatchObject({ ok: false, status: 431 })
  })
})
