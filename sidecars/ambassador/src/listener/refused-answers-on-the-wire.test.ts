/**
 * What becomes of bad answers on real sockets: 502, none of their bytes at the client, and a connection to
 * the upstream that carries no other request, because it could answer the wrong one (response splitting).
 */
import { expect, it } from 'vitest'
import { startDataPath } from '../testdata/data-path.ts'
import { startRawBackend } from '../testdata/raw-backend.ts'
import { rawExchange } from '../testdata/raw-client.ts'

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

const answer = (fields: string, body = 'leak') => `HTTP/1.1 200 OK\r\n${fields}\r\n\r\n${body}`
const line = (status: string) => `${status}\r\nContent-Length: 4\r\n\r\nleak`

const table: Readonly<Record<string, string>> = {
  'a length and chunks': answer('Content-Length: 4\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
  'two lengths that agree': answer('Content-Length: 4\r\nContent-Length: 4'),
  'a list of lengths': answer('Content-Length: 4, 4'),
  'a signed length': answer('Content-Length: +4'),
  'a length with a leading 0': answer('Content-Length: 04'),
  'a length in hexadecimal': answer('Content-Length: 0x4'),
  'a length of 2^64': answer('Content-Length: 18446744073709551616'),
  'two codings': answer('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', '0\r\n\r\n'),
  'a list of codings': answer('Transfer-Encoding: gzip, chunked', '0\r\n\r\n'),
  'an unknown coding': answer('Transfer-Encoding: xchunked', '0\r\n\r\n'),
  'chunks in HTTP/1.0': 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nleak\r\n0\r\n\r\n',
  'chunks with 204': 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nleak\r\n0\r\n\r\n',
  'a folded line': answer('Content-Length: 4\r\nX: y\r\n z'),
  'a space before the colon': answer('Content-Length : 4'),
  'an underscore for a hyphen': answer('Content_Length: 4'),
  'LF alone in a value': answer('Content-Length: 4\r\nX: y\nSet-Cookie: leak'),
  'CR alone in a value': answer('Content-Length: 4\r\nX: y\rSet-Cookie: leak'),
  'NUL in a value': answer('Content-Length: 4\r\nX: y\0z'),
  'lines that end in LF': 'HTTP/1.1 200 OK\nContent-Length: 4\n\nleak\r\n\r\n',
  'no colon': answer('Content-Length: 4\r\nX'),
  'two Hosts': answer('Host: a\r\nHost: b\r\nContent-Length: 4'),
  'a length that the connection is to forget': answer('Connection: content-length\r\nContent-Length: 4'),
  'a cookie that the connection is to forget': answer('Connection: set-cookie\r\nSet-Cookie: a\r\nContent-Length: 4'),
  'a status below 100': line('HTTP/1.1 099 OK'),
  'a status above 599': line('HTTP/1.1 600 OK'),
  'a status of two digits': line('HTTP/1.1 20 OK'),
  'a status with letters': line('HTTP/1.1 2xx OK'),
  'a control character in the reason': line('HTTP/1.1 200 O\x01K'),
  'HTTP/2.0': line('HTTP/2.0 200 OK'),
  'HTTP/0.9': 'leak\r\n\r\n',
  'a version in small letters': line('http/1.1 200 OK'),
  'a TLS alert': '\x15\x03\x03\x00\x02\x02\x28\r\n\r\n',
  'a 101 that nobody asked for': 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nleak',
  'too many fields': answer(`${'x: 1\r\n'.repeat(101)}Content-Length: 4`),
  'too large a head': answer(`x: ${'a'.repeat(40_000)}\r\nContent-Length: 4`),
}

it.each(Object.entries(table))('%s is 502 and ends the connection', async (_what, bytes) => {
  await using backend = await startRawBackend((_head, _socket, index) =>
    index === 0 ? bytes : 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok',
  )
  await using path = await startDataPath(`
listeners: { app: { address: "127.0.0.1:0", upstream: app } }
upstreams: { app: { endpoints: ["${backend.address}"] } }
`)
  const { text } = await rawExchange(path.port('app'), get)
  expect(text).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n[\s\S]*podmates-error: PM2106\r\n/)
  expect(text).not.toContain('leak')
  expect((await rawExchange(path.port('app'), get)).text).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*ok$/)
  expect(backend.heads).toHaveLength(2)
  expect(backend.connections()).toBe(2)
})
