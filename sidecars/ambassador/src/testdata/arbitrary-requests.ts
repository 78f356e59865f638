/** Requests for property tests: right ones, nearly right ones and nonsense, as latin1. */
import fc from 'fast-check'

const method = fc.constantFrom(
  'GET',
  'POST',
  'PUT',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'get',
  'CONNECT',
  'M-SEARCH',
  'FOO',
  '',
)
const target = fc.constantFrom(
  '/',
  '/a?b',
  '*',
  'http://a/',
  '/a b',
  '/%2e',
  '/a#b',
  '/\xe4',
  '/a|b{}^',
  '',
  '/"',
  '/a\\',
)
const version = fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'http/1.1', 'HTTP/1.1 ')
const lineEnd = fc.oneof(
  { weight: 9, arbitrary: fc.constant('\r\n') },
  { weight: 1, arbitrary: fc.constantFrom('\n', '\r', '\r\r\n') },
)
const framingName = fc.constantFrom('Host', 'host', 'Content-Length', 'content-length', 'Transfer-Encoding')
const otherName = fc.constantFrom(
  'Connection',
  'Expect',
  'Upgrade',
  'X-A',
  'x_b',
  'Content_Length',
  'Te',
  '',
  ' x',
  'x ',
)
const separator = fc.constantFrom(': ', ': ', ': ', ':', ' : ', ':\t', '')
const framingValue = fc.constantFrom(
  'a',
  'a:80',
  '0',
  '3',
  '5',
  '05',
  '+5',
  '5, 5',
  '0x5',
  '',
  'chunked',
  'gzip, chunked',
)
const otherValue = fc.constantFrom(
  'close',
  'upgrade',
  '100-continue',
  'h2c',
  '\x00',
  '\x7f',
  '5\xa0',
  'a\r',
  'chunked\x0b',
  'x-a',
)
const field = fc
  .tuple(fc.oneof(framingName, otherName), separator, fc.oneof(framingValue, otherValue), lineEnd)
  .map((parts) => parts.join(''))

const size = fc.constantFrom(
  '3',
  '5',
  '0',
  '03',
  '3;a',
  '3;a=b',
  '3;a="b"',
  '3; a',
  '3 ',
  '0x3',
  '-3',
  '3;\x00',
  '3;a="\xe4"',
  '',
)
const chunk = fc.tuple(size, lineEnd, fc.constantFrom('abc', 'hello', ''), lineEnd).map((parts) => parts.join(''))
/** A size, extensions and data that belong together. */
const rightChunk = fc
  .tuple(fc.string({ minLength: 1, maxLength: 40 }), fc.constantFrom('', '', ';a', ';a=b;c', ';a="b; c"'))
  .map(([data, extension]) => {
    const bytes = Buffer.from(data).toString('latin1')
    return `${bytes.length.toString(16)}${extension}\r\n${bytes}\r\n`
  })
const trailer = fc
  .tuple(
    fc.constantFrom(
      'x',
      'X-Sum',
      'grpc-status',
      'Content-Length',
      'Transfer-Encoding',
      'host',
      'x_y',
      ' x',
      'Cookie',
      '',
    ),
    separator,
    fc.constantFrom('1', '0', 'chunked', '', '\xe4', '\x00', 'a\r'),
    lineEnd,
  )
  .map((parts) => parts.join(''))
const lastChunk = fc.constantFrom('0\r\n', '0\r\n', '00\r\n', '0;a\r\n', '0;a="b"\r\n', '0 \r\n', '0\n', '')
const chunksEnd = fc
  .tuple(lastChunk, fc.array(trailer, { maxLength: 2 }), fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', ''))
  .map(([last, trailers, end]) => last + trailers.join('') + end)
const rightTrailer = fc.constantFrom('', '', 'x: 1\r\n', 'X-Sum: a\r\ngrpc-status: 0\r\n', 'Cookie: a\r\n')
const anyBody = fc.oneof(
  fc.constantFrom('', 'abc', 'hello', 'hello!'),
  fc.tuple(fc.array(chunk, { maxLength: 3 }), chunksEnd).map(([chunks, end]) => chunks.join('') + end),
)
const anyMessage = fc
  .tuple(method, target, version, lineEnd, fc.array(field, { maxLength: 5 }), lineEnd, anyBody)
  .map(([m, t, v, end, fields, last, body]) => `${m} ${t} ${v}${end}${fields.join('')}${last}${body}`)

const oddField = fc.oneof({ weight: 3, arbitrary: fc.constant('') }, { weight: 1, arbitrary: field })
const framedBody = fc.oneof(
  fc.constant(['', '']),
  fc.constantFrom('abc', 'a\r\n\r\n').map((data) => [`Content-Length: ${data.length}\r\n`, data]),
  fc
    .tuple(fc.array(chunk, { maxLength: 2 }), rightTrailer)
    .map(([chunks, trailers]) => ['transfer-encoding: chunked\r\n', `${chunks.join('')}0\r\n${trailers}\r\n`]),
  fc
    .array(rightChunk, { maxLength: 4 })
    .map((chunks) => ['Transfer-Encoding: chunked\r\n', `${chunks.join('')}0;z\r\nx: 1\r\n\r\n`]),
)

/** So that much is accepted: a mistake hides best behind what is right. */
const nearlyRight = fc
  .tuple(fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'), oddField, framedBody, oddField)
  .map(([m, before, [framing, body], after]) => `${m} /a HTTP/1.1\r\nHost: a\r\n${before}${framing}${after}\r\n${body}`)

/** The bytes of one to five messages on one connection. */
export const arbitraryRequests = fc
  .array(fc.oneof({ weight: 1, arbitrary: anyMessage }, { weight: 3, arbitrary: nearlyRight }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((messages) => messages.join(''))
