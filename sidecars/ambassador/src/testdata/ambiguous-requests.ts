/**
 * Requests by which others were attacked or misled, as raw bytes on one connection, with what must become
 * of them: the status of each answer, and how many requests the upstream may see. After each row the
 * connection must be closed. Classes: research of smuggling, chunk grammar, hop-by-hop, identity, host and
 * path confusion, limits; the identifiers in capitals are those of Http11Probe.
 */
export interface AmbiguousRequest {
  readonly what: string
  readonly bytes: string
  readonly statuses: readonly number[]
  readonly upstream: number
}

const rows = (status: number, table: Readonly<Record<string, string>>): AmbiguousRequest[] =>
  Object.entries(table).map(([what, bytes]) => ({ what, bytes, statuses: [status], upstream: 0 }))

/** Would be the second request, if anybody took it for one. */
const hidden = 'GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n'

const post = (fields: string, body = '') => `POST / HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n${body}${hidden}`
const get = (line: string, fields = 'Host: a') => `${line}\r\n${fields}\r\n\r\n${hidden}`
const chunked = (body: string) => post('Transfer-Encoding: chunked', body)

/** Where one parser sees a length and another chunks. */
const lengthAgainstChunks = rows(400, {
  'CL.TE (CLTE-SMUGGLED-GET)': post('Content-Length: 6\r\nTransfer-Encoding: chunked', '0\r\n\r\nX'),
  'TE.CL': post('Transfer-Encoding: chunked\r\nContent-Length: 4', '1f\r\nGET / HTTP/1.1\r\n\r\n\r\n0\r\n\r\n'),
  'TE.0: chunks and a length of 0': post('Transfer-Encoding: chunked\r\nContent-Length: 0', '0\r\n\r\n'),
  'CL.TE with the connection kept (CLTE-KEEPALIVE)': post(
    'Connection: keep-alive\r\nContent-Length: 6\r\nTransfer-Encoding: chunked',
    '0\r\n\r\nX',
  ),
  'two codings in two lines (TE-DUPLICATE-HEADERS)': post(
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
    '0\r\n\r\n',
  ),
  'a coding list (TE.TE)': post('Transfer-Encoding: chunked, identity', '0\r\n\r\n'),
  'gzip, chunked': post('Transfer-Encoding: gzip, chunked', '0\r\n\r\n'),
  'chunked twice': post('Transfer-Encoding: chunked, chunked', '0\r\n\r\n'),
  'an empty coding with a length': post('Transfer-Encoding:\r\nContent-Length: 5', '0\r\n\r\n'),
  'a leading comma': post('Transfer-Encoding: ,chunked', '0\r\n\r\n'),
  'a trailing comma': post('Transfer-Encoding: chunked,', '0\r\n\r\n'),
  'a parameter': post('Transfer-Encoding: chunked;q=1', '0\r\n\r\n'),
  'a quoted coding': post('Transfer-Encoding: "chunked"', '0\r\n\r\n'),
  'a vertical tab before the coding': post('Transfer-Encoding: \x0bchunked', '0\r\n\r\n'),
  'a NUL after the coding': post('Transfer-Encoding: chunked\0', '0\r\n\r\n'),
  'a coding on a folded line': post('Transfer-Encoding:\r\n chunked', '0\r\n\r\n'),
  'a space before the colon': post('Transfer-Encoding : chunked', '0\r\n\r\n'),
  'a tab before the colon': post('Transfer-Encoding\t: chunked', '0\r\n\r\n'),
  'a space before the name': post('Content-Length: 5\r\n Transfer-Encoding: chunked', '0\r\n\r\n'),
  'a bare CR between': post('X: y\rTransfer-Encoding: chunked', '0\r\n\r\n'),
  'a bare LF between': post('X: y\nTransfer-Encoding: chunked', '0\r\n\r\n'),
  'underscores for hyphens': post('Content-Length: 5\r\nTransfer_Encoding: chunked', '0\r\n\r\n'),
  'chunks in HTTP/1.0': `POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
  'a coding that the connection is to forget': post(
    'Connection: transfer-encoding\r\nTransfer-Encoding: chunked',
    '0\r\n\r\n',
  ),
}).concat(
  rows(501, {
    xchunked: post('Transfer-Encoding: xchunked', '0\r\n\r\n'),
    identity: post('Transfer-Encoding: identity', ''),
    gzip: post('Transfer-Encoding: gzip', '0\r\n\r\n'),
    'chunked-false': post('Transfer-Encoding: chunked-false', '0\r\n\r\n'),
  }),
)

/** Lengths that two parsers count differently. */
const lengths = rows(400, {
  'two lengths that agree (CL-DUPLICATE)': post('Content-Length: 1\r\nContent-Length: 1', 'x'),
  'two lengths that differ': post('Content-Length: 1\r\nContent-Length: 34', 'x'),
  'a list of lengths': post('Content-Length: 1, 1', 'x'),
  'a plus sign': post('Content-Length: +1', 'x'),
  'a minus sign (CL-NEGATIVE)': post('Content-Length: -1', 'x'),
  'minus zero': post('Content-Length: -0', ''),
  'leading zeros (CL-LEADING-ZEROS)': post('Content-Length: 01', 'x'),
  'octal (CL-OCTAL)': post('Content-Length: 0o1', 'x'),
  'hexadecimal (CL-HEX-PREFIX)': post('Content-Length: 0x1', 'x'),
  'an underscore between digits': post('Content-Length: 1_0', 'x'),
  'a space between digits': post('Content-Length: 1 0', 'x'),
  'an exponent': post('Content-Length: 1e1', 'x'),
  'a fraction': post('Content-Length: 1.0', 'x'),
  nothing: post('Content-Length:', 'x'),
  'blanks alone': post('Content-Length: \t ', 'x'),
  letters: post('Content-Length: abc', 'x'),
  'digits of another script': post('Content-Length: \xd9\xa1', 'x'),
  'a trailing comma': post('Content-Length: 1,', 'x'),
  'a form feed': post('Content-Length: 1\x0c', 'x'),
  'a length on a folded line': post('Content-Length:\r\n 1', 'x'),
  'a space before its colon': post('Content-Length : 1', 'x'),
  'a length that the connection is to forget': post('Connection: content-length\r\nContent-Length: 1', 'x'),
}).concat(
  rows(413, {
    '2^63': post('Content-Length: 9223372036854775808', 'x'),
    '2^64 (CL-OVERFLOW)': post('Content-Length: 18446744073709551616', 'x'),
    '2^64 and 1': post('Content-Length: 18446744073709551617', 'x'),
  }),
)

/** Chunks whose end two parsers see in two places. The upstream has seen the head, and never sees the request whole. */
const chunks = rows(400, {
  'a size with 0x': chunked('0x1\r\nx\r\n0\r\n\r\n'),
  'a plus sign': chunked('+1\r\nx\r\n0\r\n\r\n'),
  'a minus sign': chunked('-1\r\nx\r\n0\r\n\r\n'),
  'an underscore': chunked('1_0\r\nx\r\n0\r\n\r\n'),
  'a leading space': chunked(' 1\r\nx\r\n0\r\n\r\n'),
  'a trailing space': chunked('1 \r\nx\r\n0\r\n\r\n'),
  'no size': chunked('\r\nx\r\n0\r\n\r\n'),
  'an extension without size': chunked(';a\r\nx\r\n0\r\n\r\n'),
  'a size that ends in LF (CHUNK-LF-TERM)': chunked('1\nx\r\n0\r\n\r\n'),
  'a size that ends in CR': chunked('1\rx\r\n0\r\n\r\n'),
  'LF in an extension (TERM.EXT)': chunked('1;\nx\r\n0\r\n\r\n'),
  'CR in an extension': chunked('1;a\rb\r\nx\r\n0\r\n\r\n'),
  'NUL in an extension': chunked('1;a=\0\r\nx\r\n0\r\n\r\n'),
  'an extension without a name': chunked('1;\r\nx\r\n0\r\n\r\n'),
  'an extension of 64 KiB': chunked(`1;a=${'b'.repeat(65_536)}\r\nx\r\n0\r\n\r\n`),
  'more data than its size (CHUNK-SPILL)': chunked('1\r\nxy\r\n0\r\n\r\n'),
  'less data than its size': chunked('3\r\nx\r\n0\r\n\r\n'),
  'data that ends in LF': chunked('1\r\nx\n0\r\n\r\n'),
  'no line end after the data': chunked('1\r\nx0\r\n\r\n'),
  'a last chunk that ends in LF': chunked('1\r\nx\r\n0\n\n'),
  'a trailer with a length': chunked('0\r\nContent-Length: 5\r\n\r\n'),
  'a trailer with a coding': chunked('0\r\nTransfer-Encoding: chunked\r\n\r\n'),
  'a trailer with a host': chunked('0\r\nHost: evil\r\n\r\n'),
  'a folded trailer': chunked('0\r\na: 1\r\n b\r\n\r\n'),
  'a trailer that ends in LF': chunked('0\r\na: 1\n\r\n'),
  'a trailer with NUL': chunked('0\r\na: \0\r\n\r\n'),
}).concat(
  rows(413, { 'a size of 2^64 and 1': chunked('10000000000000001\r\nx\r\n0\r\n\r\n') }),
  rows(431, { 'too many trailers': chunked(`0\r\n${'a: 1\r\n'.repeat(21)}\r\n`) }),
)

/** Lines that are no lines of a head, or to some. */
const lines = rows(400, {
  'lines that end in LF (BARE-LF)': 'GET / HTTP/1.1\nHost: a\n\n',
  'lines that end in CR': 'GET / HTTP/1.1\rHost: a\r\r\r\n\r\n',
  'an empty line before the request': `\r\n${get('GET / HTTP/1.1')}`,
  'a folded line (OBS-FOLD)': get('GET / HTTP/1.1', 'Host: a\r\nX: y\r\n z'),
  'a folded first line': get('GET / HTTP/1.1', ' Host: a'),
  'no colon': get('GET / HTTP/1.1', 'Host: a\r\nX'),
  'an empty name': get('GET / HTTP/1.1', 'Host: a\r\n: x'),
  'a name with a space': get('GET / HTTP/1.1', 'Host: a\r\nX Y: z'),
  'a name above ASCII': get('GET / HTTP/1.1', 'Host: a\r\n\xff: z'),
  'NUL in a value': get('GET / HTTP/1.1', 'Host: a\r\nX: y\0z'),
  'a control character in a value': get('GET / HTTP/1.1', 'Host: a\r\nX: y\x08z'),
  'CR in a value': get('GET / HTTP/1.1', 'Host: a\r\nX: y\rz'),
  'LF in a value': get('GET / HTTP/1.1', 'Host: a\r\nX: y\nz: 1'),
  'two spaces in the request line': get('GET  / HTTP/1.1'),
  'tabs in the request line': get('GET\t/\tHTTP/1.1'),
  'a space at the end of the request line': get('GET / HTTP/1.1 '),
  'HTTP/0.9': `GET /\r\n\r\n${hidden}`,
  'a version in small letters': get('GET / http/1.1'),
  'a version with two digits': get('GET / HTTP/1.10'),
  'a version without a dot': get('GET / HTTP/1'),
  'a method in small letters': get('get / HTTP/1.1'),
  'a method with a control character': get('GE\x01T / HTTP/1.1'),
  'a TLS hello': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
}).concat(
  rows(505, {
    'HTTP/1.2': get('GET / HTTP/1.2'),
    'HTTP/2.0': get('GET / HTTP/2.0'),
    'HTTP/9.9': get('GET / HTTP/9.9'),
    'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  }),
)

/** Two readings of who is asked. */
const hosts = rows(400, {
  'no Host': get('GET / HTTP/1.1', 'X: y'),
  'an empty Host': get('GET / HTTP/1.1', 'Host:'),
  'two Hosts that agree': get('GET / HTTP/1.1', 'Host: a\r\nHost: a'),
  'two Hosts that differ': get('GET / HTTP/1.1', 'Host: a\r\nhost: b'),
  'a list of Hosts': get('GET / HTTP/1.1', 'Host: a, b'),
  'a user in the Host': get('GET / HTTP/1.1', 'Host: a@b'),
  'a path in the Host': get('GET / HTTP/1.1', 'Host: a/b'),
  'a query in the Host': get('GET / HTTP/1.1', 'Host: a?b'),
  'a fragment in the Host': get('GET / HTTP/1.1', 'Host: a#b'),
  'a scheme in the Host': get('GET / HTTP/1.1', 'Host: http://a'),
  'a space in the Host': get('GET / HTTP/1.1', 'Host: a b'),
  'a backslash in the Host': get('GET / HTTP/1.1', 'Host: a\\b'),
  'a port that is no number': get('GET / HTTP/1.1', 'Host: a:b'),
  'a port and nothing behind the colon': get('GET / HTTP/1.1', 'Host: a:'),
  'two ports': get('GET / HTTP/1.1', 'Host: a:1:2'),
  'an IPv6 address without brackets': get('GET / HTTP/1.1', 'Host: ::1'),
  'an IPv6 address with a zone': get('GET / HTTP/1.1', 'Host: [fe80::1%25eth0]'),
  'a whole URL': get('GET http://169.254.169.254/ HTTP/1.1'),
  'a whole URL with the same Host': get('GET http://a/ HTTP/1.1'),
  'a target without slash': get('GET a HTTP/1.1'),
  'a target with another host behind an @': get('GET @evil/ HTTP/1.1'),
  '* with GET': get('GET * HTTP/1.1'),
  'a Host that the connection is to forget': get('GET / HTTP/1.1', 'Host: a\r\nConnection: host'),
}).concat(
  rows(501, {
    CONNECT: get('CONNECT 169.254.169.254:80 HTTP/1.1'),
    'CONNECT to itself': get('CONNECT a:80 HTTP/1.1', 'Host: a:80'),
  }),
)

/** A path that the router and the upstream could read differently. */
const paths = rows(400, {
  'a fragment': get('GET /a#b HTTP/1.1'),
  'a backslash': get('GET /a\\b HTTP/1.1'),
  'a quotation mark': get('GET /a"b HTTP/1.1'),
  'an angle bracket': get('GET /<script> HTTP/1.1'),
  'a byte above ASCII': get('GET /\xe4 HTTP/1.1'),
  'a control character': get('GET /a\x0bb HTTP/1.1'),
  'an encoded NUL': get('GET /a%00b HTTP/1.1'),
  '..': get('GET /a/../b HTTP/1.1'),
  '.. at the end': get('GET /a/.. HTTP/1.1'),
  '.': get('GET /a/./b HTTP/1.1'),
  '..;': get('GET /a/..;/b HTTP/1.1'),
  '..;x=y': get('GET /a/..;x=y/b HTTP/1.1'),
  '%2e%2e': get('GET /a/%2e%2e/b HTTP/1.1'),
  '.%2E': get('GET /a/.%2E/b HTTP/1.1'),
  '..%2f': get('GET /a/..%2fb HTTP/1.1'),
  '%2f..': get('GET /a%2f../b HTTP/1.1'),
  '..%5c': get('GET /a/..%5cb HTTP/1.1'),
})

/** What only a proxy may say, and what may not be taken away. */
const connections = rows(400, {
  'X-Forwarded-For to be forgotten': get(
    'GET / HTTP/1.1',
    'Host: a\r\nConnection: X-Forwarded-For\r\nX-Forwarded-For: 10.0.0.1',
  ),
  'credentials to be forgotten': get('GET / HTTP/1.1', 'Host: a\r\nConnection: authorization\r\nAuthorization: x'),
  'a cookie to be forgotten': get('GET / HTTP/1.1', 'Host: a\r\nConnection: close, Cookie\r\nCookie: x'),
  'the identity of the client to be forgotten': get('GET / HTTP/1.1', 'Host: a\r\nConnection: x-forwarded-client-cert'),
  'the trace to be forgotten': get('GET / HTTP/1.1', 'Host: a\r\nConnection: traceparent'),
  'an option that is no token': get('GET / HTTP/1.1', 'Host: a\r\nConnection: a b'),
})

const limits = [
  ...rows(414, {
    'a target that is too long': get(`GET /${'a'.repeat(256)} HTTP/1.1`),
    'a target without end': `GET /${'a'.repeat(3000)}`,
  }),
  ...rows(431, {
    'too many fields': get('GET / HTTP/1.1', `Host: a\r\n${'x: 1\r\n'.repeat(21)}y: 1`),
    'a field that is too large': get('GET / HTTP/1.1', `Host: a\r\nx: ${'a'.repeat(3000)}`),
    'a head without end': `GET / HTTP/1.1\r\nHost: a\r\n${'x: 1\r\n'.repeat(1000)}`,
    'a name that is too long': get('GET / HTTP/1.1', `Host: a\r\n${'x'.repeat(3000)}: 1`),
  }),
  ...rows(417, {
    'an unknown expectation': post('Expect: magic\r\nContent-Length: 1', 'x'),
    'an expectation with a parameter': post('Expect: 100-continue;a=b\r\nContent-Length: 1', 'x'),
  }),
  ...rows(400, {
    'two expectations': post('Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 1', 'x'),
    'an expectation to be forgotten': post('Connection: expect\r\nExpect: 100-continue\r\nContent-Length: 1', 'x'),
  }),
]

/** Right by the rules, so nothing is refused; what counts is that both sides see the same requests. */
const right: AmbiguousRequest[] = [
  {
    what: 'CL.0: a request as a body',
    bytes: `POST / HTTP/1.1\r\nConnection: close\r\nHost: a\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
    statuses: [200],
    upstream: 1,
  },
  { what: '0.CL: a request behind a length of 0', bytes: post('Content-Length: 0'), statuses: [200, 200], upstream: 2 },
  {
    what: 'GET with a body (CL0-BODY-POISON)',
    bytes: `GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello${hidden}`,
    statuses: [200, 200],
    upstream: 2,
  },
  {
    what: 'a good request, then a bad one',
    bytes: `${hidden}GET / HTTP/1.1\r\n\r\n`,
    statuses: [200, 400],
    upstream: 1,
  },
  { what: 'two slashes', bytes: get('GET //a HTTP/1.1'), statuses: [200, 200], upstream: 2 },
  { what: 'an encoded slash', bytes: get('GET /a%2fb HTTP/1.1'), statuses: [200, 200], upstream: 2 },
  { what: 'a dot at the end of the Host', bytes: get('GET / HTTP/1.1', 'Host: a.'), statuses: [200, 200], upstream: 2 },
]

export const refusedBeforeTheUpstream = {
  'a length against chunks': lengthAgainstChunks,
  'a length': lengths,
  'the lines of the head': lines,
  'the host': hosts,
  'the path': paths,
  'options of the connection': connections,
  'limits and expectations': limits,
} as const

/** The head was right and has gone on, so the upstream sees a request that never ends. */
export const refusedInTheBody = chunks

export const rightThoughOdd = right
