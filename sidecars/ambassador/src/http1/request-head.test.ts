import { describe, expect, it } from 'vitest'
import { type RequestHead, readRequestHead } from './request-head.ts'

const limits = { headBytesMax: 32_768, headersMax: 5, targetBytesMax: 64 }

const read = (lines: readonly string[]) => readRequestHead(`${lines.join('\r\n')}\r\n\r\n`, limits, 'paths')

describe('what a request says', () => {
  it('is its method, target, host and framing', () => {
    const head = read(['POST /items?q=a%2Fb HTTP/1.1', 'Host: shop:8080', 'Content-Length: 12', 'X-Custom: a, b'])
    expect(head).toEqual({
      ok: true,
      method: 'POST',
      form: 'origin',
      target: '/items?q=a%2Fb',
      authority: undefined,
      host: 'shop:8080',
      minorVersion: 1,
      fields: 'Host: shop:8080\r\nContent-Length: 12\r\nX-Custom: a, b\r\n',
      framing: { kind: 'length', bytes: 12 },
      keepAlive: true,
      upgrade: undefined,
      takesTrailers: false,
      requestTimeout: undefined,
      envoyTimeout: undefined,
      hasEnvoyControl: false,
      hasIdempotencyKey: false,
    })
  })

  it('is also what deadlines and retries are decided by, in whatever case it is written', () => {
    const lines = ['X-Request-Timeout: 1.5s', 'x-envoy-upstream-rq-timeout-ms: 800', 'IDEMPOTENCY-KEY: k']
    expect(read(['POST / HTTP/1.1', 'Host: a', ...lines])).toMatchObject({
      requestTimeout: '1.5s',
      envoyTimeout: '800',
      hasIdempotencyKey: true,
    })
  })

  it.each([
    { lines: ['Connection: Upgrade', 'Upgrade: websocket'], upgrade: 'websocket' },
    { lines: ['Connection: keep-alive, Upgrade', 'Upgrade: chat/2'], upgrade: 'chat/2' },
    { lines: ['Upgrade: websocket'], upgrade: undefined },
    { lines: ['Connection: Upgrade', 'Upgrade: websocket, chat'], upgrade: undefined },
    { lines: ['Connection: Upgrade', 'Upgrade: websocket', 'Upgrade: chat'], upgrade: undefined },
    { lines: ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: x'], upgrade: undefined },
    { lines: ['Connection: Upgrade', 'Upgrade: HTTP/2.0'], upgrade: undefined },
    { lines: ['Connection: Upgrade', 'Upgrade: TLS/1.0'], upgrade: undefined },
    { lines: ['Connection: Upgrade', 'Upgrade: websocket', 'Content-Length: 3'], upgrade: undefined },
  ])('offers the upstream one other protocol, or none: $lines', ({ lines, upgrade }) => {
    const head = read(['GET / HTTP/1.1', 'Host: a', ...lines])
    expect(head).toMatchObject({ ok: true, upgrade })
    expect((head as RequestHead).fields).not.toMatch(/upgrade|http2/i)
  })

  it('offers no other protocol for HTTP/1.0', () => {
    const lines = ['GET / HTTP/1.0', 'Connection: Upgrade', 'Upgrade: websocket']
    expect(read(lines)).toMatchObject({ ok: true, upgrade: undefined })
  })

  it.each([
    { lines: ['GET / HTTP/1.1', 'Host: a'], keepAlive: true },
    { lines: ['GET / HTTP/1.1', 'Host: a', 'Connection: close'], keepAlive: false },
    { lines: ['GET / HTTP/1.1', 'Host: a', 'Connection: x-a, Close'], keepAlive: false },
    { lines: ['GET / HTTP/1.1', 'Host: a', 'Connection: keep-alive'], keepAlive: true },
    { lines: ['GET / HTTP/1.0', 'Host: a', 'Connection: keep-alive'], keepAlive: false },
    { lines: ['GET / HTTP/1.0'], keepAlive: false },
  ])('keeps the connection or not: $lines', ({ lines, keepAlive }) => {
    expect(read(lines)).toMatchObject({ ok: true, keepAlive })
  })

  it.each([
    { lines: ['Content-Length: 0'], framing: { kind: 'none' } },
    { lines: ['Content-Length:\t 7 \t'], framing: { kind: 'length', bytes: 7 } },
    { lines: ['Transfer-Encoding: Chunked'], framing: { kind: 'chunked' } },
    { lines: [], framing: { kind: 'none' } },
  ])('says how its body ends: $lines', ({ lines, framing }) => {
    expect(read(['POST / HTTP/1.1', 'Host: a', ...lines])).toMatchObject({ ok: true, framing })
  })

  it('takes an Expect of 100-continue in any letters, and from HTTP/1.0', () => {
    expect(read(['PUT / HTTP/1.1', 'Host: a', 'Expect: 100-Continue'])).toMatchObject({ ok: true })
    expect(read(['PUT / HTTP/1.0', 'Host: a', 'Expect: 100-continue'])).toMatchObject({ ok: true })
  })
})

describe('what is passed on', () => {
  it('is every line but those meant for one connection', () => {
    const head = readRequestHead(
      [
        'GET / HTTP/1.1',
        'Connection: keep-alive, X-Hop',
        'Host: a',
        'Keep-Alive: timeout=5',
        'TE: trailers',
        'X-Hop: 1',
        'Proxy-Connection: keep-alive',
        'Upgrade: h2c',
        'x-end: 2',
        '\r\n',
      ].join('\r\n'),
      { ...limits, headersMax: 20 },
      'paths',
    )
    expect(head).toMatchObject({ ok: true, fields: 'Host: a\r\nx-end: 2\r\n' })
  })

  it('keeps the bytes above ASCII as they came', () => {
    expect(read(['GET / HTTP/1.1', 'Host: a', 'x: \xe4\xff'])).toMatchObject({ fields: 'Host: a\r\nx: \xe4\xff\r\n' })
  })
})

/** One request that is wrong in one way, and what it gets. Research: ambassador, section 4, classes 1, 4, 6, 7 and 8. */
const refused: readonly { what: string; lines: readonly string[]; status: number }[] = [
  { what: 'a method in small letters', lines: ['get / HTTP/1.1', 'Host: a'], status: 400 },
  { what: 'no method', lines: [' / HTTP/1.1', 'Host: a'], status: 400 },
  { what: 'an empty line before the request', lines: ['', 'GET / HTTP/1.1', 'Host: a'], status: 400 },
  { what: 'two spaces before the target', lines: ['GET  / HTTP/1.1', 'Host: a'], status: 400 },
  { what: 'two spaces after the target', lines: ['GET /  HTTP/1.1', 'Host: a'], status: 400 },
  { what: 'a tab as separator', lines: ['GET\t/ HTTP/1.1', 'Host: a'], status: 400 },
  { what: 'no version (HTTP/0.9)', lines: ['GET /', 'Host: a'], status: 400 },
  { what: 'a version in small letters', lines: ['GET / http/1.1', 'Host: a'], status: 400 },
  { what: 'something after the version', lines: ['GET / HTTP/1.1 ', 'Host: a'], status: 400 },
  { what: 'HTTP/1.2', lines: ['GET / HTTP/1.2', 'Host: a'], status: 505 },
  { what: 'the preface of HTTP/2', lines: ['PRI * HTTP/2.0'], status: 505 },
  { what: 'CONNECT', lines: ['CONNECT a:443 HTTP/1.1', 'Host: a:443'], status: 501 },
  { what: 'a whole URL as target', lines: ['GET http://a/ HTTP/1.1', 'Host: a'], status: 400 },
  { what: 'a target without a slash', lines: ['GET a HTTP/1.1', 'Host: a'], status: 400 },
  { what: '* with GET', lines: ['GET * HTTP/1.1', 'Host: a'], status: 400 },
  { what: 'a fragment in the target', lines: ['GET /a#b HTTP/1.1', 'Host: a'], status: 400 },
  { what: 'a backslash in the target', lines: ['GET /a\\..\\b HTTP/1.1', 'Host: a'], status: 400 },
  { what: 'a control character in the target', lines: ['GET /a\x01 HTTP/1.1', 'Host: a'], status: 400 },
  { what: 'a byte above ASCII in the target', lines: ['GET /\xe4 HTTP/1.1', 'Host: a'], status: 400 },
  { what: 'an encoded NUL in the path', lines: ['GET /a%00b HTTP/1.1', 'Host: a'], status: 400 },
  { what: '.. as a segment', lines: ['GET /v1/../admin HTTP/1.1', 'Host: a'], status: 400 },
  { what: '.. at the end', lines: ['GET /v1/.. HTTP/1.1', 'Host: a'], status: 400 },
  { what: '. as a segment', lines: ['GET /./admin HTTP/1.1', 'Host: a'], status: 400 },
  { what: 'an encoded ..', lines: ['GET /v1/%2e%2E/admin HTTP/1.1', 'Host: a'], status: 400 },
  { what: 'a half-encoded ..', lines: ['GET /v1/.%2e/admin HTTP/1.1', 'Host: a'], status: 400 },
  { what: '.. with a parameter', lines: ['GET /v1/..;a=b/admin HTTP/1.1', 'Host: a'], status: 400 },
  { what: '.. with an encoded slash', lines: ['GET /v1/..%2fadmin HTTP/1.1', 'Host: a'], status: 400 },
  { what: '.. between encoded slashes', lines: ['GET /v1%2f..%2fb HTTP/1.1', 'Host: a'], status: 400 },
  { what: '.. between encoded backslashes', lines: ['GET /v1%5C%2e.%5Cb HTTP/1.1', 'Host: a'], status: 400 },
  { what: 'a target that is too long', lines: [`GET /${'a'.repeat(64)} HTTP/1.1`, 'Host: a'], status: 414 },
  {
    what: 'too many fields',
    lines: ['GET / HTTP/1.1', 'Host: a', 'b: 1', 'c: 1', 'd: 1', 'e: 1', 'f: 1'],
    status: 431,
  },
  { what: 'no Host', lines: ['GET / HTTP/1.1'], status: 400 },
  { what: 'two Hosts', lines: ['GET / HTTP/1.1', 'Host: a', 'Host: a'], status: 400 },
  { what: 'a list of Hosts', lines: ['GET / HTTP/1.1', 'Host: a, b'], status: 400 },
  { what: 'an empty Host', lines: ['GET / HTTP/1.1', 'Host:'], status: 400 },
  { what: 'a user in the Host', lines: ['GET / HTTP/1.1', 'Host: u@a'], status: 400 },
  { what: 'a path in the Host', lines: ['GET / HTTP/1.1', 'Host: a/b'], status: 400 },
  { what: 'a space in the Host', lines: ['GET / HTTP/1.1', 'Host: a b'], status: 400 },
  { what: 'a port that is no number', lines: ['GET / HTTP/1.1', 'Host: a:80x'], status: 400 },
  { what: 'a folded line', lines: ['GET / HTTP/1.1', 'Host: a', 'x: 1', ' 2'], status: 400 },
  { what: 'a first line that is folded', lines: ['GET / HTTP/1.1', ' Host: a'], status: 400 },
  { what: 'a space before the colon', lines: ['GET / HTTP/1.1', 'Host : a'], status: 400 },
  { what: 'no colon', lines: ['GET / HTTP/1.1', 'Host: a', 'x'], status: 400 },
  { what: 'no name', lines: ['GET / HTTP/1.1', 'Host: a', ': 1'], status: 400 },
  { what: 'a name with a byte above ASCII', lines: ['GET / HTTP/1.1', 'Host: a', '\xe4: 1'], status: 400 },
  { what: 'NUL in a value', lines: ['GET / HTTP/1.1', 'Host: a', 'x: \0'], status: 400 },
  { what: 'a carriage return in a value', lines: ['GET / HTTP/1.1', 'Host: a', 'x: 1\r2'], status: 400 },
  { what: 'a line feed in a value', lines: ['GET / HTTP/1.1', 'Host: a', 'x: 1\ny: 2'], status: 400 },
  { what: 'a line that is one carriage return', lines: ['GET / HTTP/1.1', 'Host: a', '\rx: 2'], status: 400 },
  { what: 'DEL in a value', lines: ['GET / HTTP/1.1', 'Host: a', 'x: \x7f'], status: 400 },
  {
    what: 'both ways of framing',
    lines: ['POST / HTTP/1.1', 'Host: a', 'Content-Length: 3', 'Transfer-Encoding: chunked'],
    status: 400,
  },
  {
    what: 'both, the other way round',
    lines: ['POST / HTTP/1.1', 'Host: a', 'transfer-encoding: chunked', 'content-length: 3'],
    status: 400,
  },
  {
    what: 'a coding and a length of 0',
    lines: ['POST / HTTP/1.1', 'Host: a', 'Content-Length: 0', 'Transfer-Encoding: chunked'],
    status: 400,
  },
  {
    what: 'two lengths that agree',
    lines: ['POST / HTTP/1.1', 'Host: a', 'Content-Length: 3', 'Content-Length: 3'],
    status: 400,
  },
  {
    what: 'two lengths that differ',
    lines: ['POST / HTTP/1.1', 'Host: a', 'Content-Length: 3', 'content-length: 4'],
    status: 400,
  },
  { what: 'a list of lengths', lines: ['POST / HTTP/1.1', 'Host: a', 'Content-Length: 3, 3'], status: 400 },
  { what: 'a signed length', lines: ['POST / HTTP/1.1', 'Host: a', 'Content-Length: +3'], status: 400 },
  { what: 'a negative length', lines: ['POST / HTTP/1.1', 'Host: a', 'Content-Length: -1'], status: 400 },
  { what: 'a hexadecimal length', lines: ['POST / HTTP/1.1', 'Host: a', 'Content-Length: 0x3'], status: 400 },
  { what: 'a length with a leading 0', lines: ['POST / HTTP/1.1', 'Host: a', 'Content-Length: 010'], status: 400 },
  { what: 'a length with a space', lines: ['POST / HTTP/1.1', 'Host: a', 'Content-Length: 1 0'], status: 400 },
  {
    what: 'a length with a no-break space',
    lines: ['POST / HTTP/1.1', 'Host: a', 'Content-Length: 3\xa0'],
    status: 400,
  },
  { what: 'an empty length', lines: ['POST / HTTP/1.1', 'Host: a', 'Content-Length:'], status: 400 },
  { what: 'a fraction as length', lines: ['POST / HTTP/1.1', 'Host: a', 'Content-Length: 3.0'], status: 400 },
  {
    what: 'a length beyond 2^64',
    lines: ['POST / HTTP/1.1', 'Host: a', 'Content-Length: 18446744073709551621'],
    status: 413,
  },
  { what: 'a length with an underscore', lines: ['POST / HTTP/1.1', 'Host: a', 'Content_Length: 3'], status: 400 },
  {
    what: 'a coding with an underscore',
    lines: ['POST / HTTP/1.1', 'Host: a', 'Transfer_Encoding: chunked'],
    status: 400,
  },
  {
    what: 'two codings lines',
    lines: ['POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
    status: 400,
  },
  { what: 'a list of codings', lines: ['POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: gzip, chunked'], status: 400 },
  { what: 'chunked twice', lines: ['POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked, chunked'], status: 400 },
  { what: 'another coding', lines: ['POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: gzip'], status: 501 },
  { what: 'xchunked', lines: ['POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: xchunked'], status: 501 },
  { what: 'identity', lines: ['POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: identity'], status: 501 },
  { what: 'quoted chunked', lines: ['POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: "chunked"'], status: 400 },
  {
    what: 'chunked with a vertical tab',
    lines: ['POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: \x0bchunked'],
    status: 400,
  },
  {
    what: 'chunked with a no-break space',
    lines: ['POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked\xa0'],
    status: 400,
  },
  { what: 'an empty coding', lines: ['POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding:'], status: 400 },
  { what: 'a coding in HTTP/1.0', lines: ['POST / HTTP/1.0', 'Host: a', 'Transfer-Encoding: chunked'], status: 400 },
  { what: 'an unknown expectation', lines: ['POST / HTTP/1.1', 'Host: a', 'Expect: 200-ok'], status: 417 },
  {
    what: 'Host named as an option of the connection',
    lines: ['GET / HTTP/1.1', 'Host: a', 'Connection: host'],
    status: 400,
  },
  {
    what: 'the length named as an option of the connection',
    lines: ['POST / HTTP/1.1', 'Host: a', 'Connection: close, content-length', 'Content-Length: 3'],
    status: 400,
  },
  {
    what: 'credentials named as an option of the connection',
    lines: ['GET / HTTP/1.1', 'Host: a', 'Connection: authorization', 'Authorization: x'],
    status: 400,
  },
  {
    what: 'what a proxy says about the client named as an option of the connection',
    lines: ['GET / HTTP/1.1', 'Host: a', 'Connection: X-Forwarded-For', 'X-Forwarded-For: 10.0.0.1'],
    status: 400,
  },
  {
    what: 'the identity of the client named as an option of the connection',
    lines: ['GET / HTTP/1.1', 'Host: a', 'Connection: x-forwarded-client-cert', 'X-Forwarded-Client-Cert: x'],
    status: 400,
  },
  {
    what: 'an option of the connection that is no token',
    lines: ['GET / HTTP/1.1', 'Host: a', 'Connection: a b'],
    status: 400,
  },
]

describe('refuses', () => {
  it.each(refused)('$what: $status', ({ lines, status }) => {
    expect(read(lines)).toMatchObject({ ok: false, status })
  })
})

describe('accepts what only looks odd', () => {
  it.each([
    { what: 'a body with GET', lines: ['GET / HTTP/1.1', 'Host: a', 'Content-Length: 3'] },
    { what: 'a path with two slashes', lines: ['GET //a//b HTTP/1.1', 'Host: a'] },
    { what: 'an encoded slash', lines: ['GET /a%2Fb HTTP/1.1', 'Host: a'] },
    { what: 'OPTIONS *', lines: ['OPTIONS * HTTP/1.1', 'Host: a'] },
    { what: 'an IPv6 Host', lines: ['GET / HTTP/1.1', 'Host: [::1]:80'] },
    { what: 'dots in the query', lines: ['GET /?next=/../a%00 HTTP/1.1', 'Host: a'] },
    { what: 'a hidden file', lines: ['GET /.well-known/a...b/..c HTTP/1.1', 'Host: a'] },
    { what: 'an empty value', lines: ['GET / HTTP/1.1', 'Host: a', 'x:'] },
    { what: 'no space after the colon', lines: ['GET / HTTP/1.1', 'Host:a', 'x:1'] },
    { what: 'an underscore in a name of the app', lines: ['GET / HTTP/1.1', 'Host: a', 'x_y: 1'] },
    { what: 'HTTP/1.0 without Host', lines: ['GET / HTTP/1.0'] },
  ])('$what', ({ lines }) => {
    expect(read(lines)).toMatchObject({ ok: true })
  })
})

describe('a listener that is a forward proxy', () => {
  const readForward = (lines: readonly string[]) => readRequestHead(`${lines.join('\r\n')}\r\n\r\n`, limits, 'forward')

  it.each([
    { lines: ['GET http://a/b?c HTTP/1.1', 'Host: a'], form: 'absolute', target: '/b?c', authority: 'a' },
    { lines: ['GET http://a HTTP/1.1', 'Host: a'], form: 'absolute', target: '/', authority: 'a' },
    { lines: ['GET http://a?c HTTP/1.1', 'Host: a'], form: 'absolute', target: '/?c', authority: 'a' },
    { lines: ['GET HTTP://A:80/ HTTP/1.1', 'Host: a'], form: 'absolute', target: '/', authority: 'A:80' },
    { lines: ['GET http://[::1]:8080/ HTTP/1.1', 'Host: [::1]:8080'], form: 'absolute', authority: '[::1]:8080' },
    { lines: ['GET http://a/ HTTP/1.0'], form: 'absolute', target: '/', authority: 'a' },
    { lines: ['CONNECT a:443 HTTP/1.1', 'Host: a:443'], form: 'authority', target: 'a:443', authority: 'a:443' },
    { lines: ['GET /b HTTP/1.1', 'Host: a'], form: 'origin', target: '/b', authority: undefined },
    { lines: ['OPTIONS * HTTP/1.1', 'Host: a'], form: 'asterisk', target: '*', authority: undefined },
  ])('reads $lines', ({ lines, ...expected }) => {
    expect(readForward(lines)).toMatchObject({ ok: true, ...expected })
  })

  it.each([
    { what: 'a Host that is not the one of the URL', lines: ['GET http://a/ HTTP/1.1', 'Host: b'], status: 400 },
    { what: 'a Host with another port than the URL', lines: ['GET http://a/ HTTP/1.1', 'Host: a:8080'], status: 400 },
    { what: 'a URL without Host', lines: ['GET http://a/ HTTP/1.1'], status: 400 },
    { what: 'a user in the URL', lines: ['GET http://u@a/ HTTP/1.1', 'Host: a'], status: 400 },
    { what: 'a URL without a host', lines: ['GET http:/// HTTP/1.1', 'Host: a'], status: 400 },
    { what: 'dots in the path of a URL', lines: ['GET http://a/v1/../b HTTP/1.1', 'Host: a'], status: 400 },
    { what: 'an https URL', lines: ['GET https://a/ HTTP/1.1', 'Host: a'], status: 501 },
    { what: 'a file URL', lines: ['GET file:///etc HTTP/1.1', 'Host: a'], status: 501 },
    { what: 'CONNECT without a port', lines: ['CONNECT a HTTP/1.1', 'Host: a'], status: 400 },
    { what: 'CONNECT with a path', lines: ['CONNECT a:443/b HTTP/1.1', 'Host: a:443'], status: 400 },
    { what: 'CONNECT with another Host', lines: ['CONNECT a:443 HTTP/1.1', 'Host: b:443'], status: 400 },
    { what: 'CONNECT with a user', lines: ['CONNECT u@a:443 HTTP/1.1', 'Host: a:443'], status: 400 },
    {
      what: 'CONNECT with a body',
      lines: ['CONNECT a:443 HTTP/1.1', 'Host: a:443', 'Content-Length: 0'],
      status: 400,
    },
  ])('refuses $what: $status', ({ lines, status }) => {
    expect(readForward(lines)).toMatchObject({ ok: false, status })
  })
})
