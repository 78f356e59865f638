import { describe, expect, it } from 'vitest'
import { readRequestHead } from '../http1/request-head.ts'
import { type RouteMatch, routeTable } from './route-table.ts'

function request(line: string, host = 'shop.local:8080', fields = '') {
  const limits = { headBytesMax: 1000, headersMax: 10, targetBytesMax: 1000 }
  const head = readRequestHead(`${line} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`, limits, 'paths')
  if (!head.ok) throw new Error(head.what)
  return head
}

const matches = (match: RouteMatch, line: string, host?: string) =>
  routeTable([{ match }])(request(line, host)) !== undefined

describe('a route matches', () => {
  it.each<{ match: RouteMatch; line: string; host?: string; yes: boolean }>([
    { match: {}, line: 'GET /', yes: true },
    { match: { host: '*' }, line: 'GET /', yes: true },
    { match: { host: 'shop.local' }, line: 'GET /', yes: true },
    { match: { host: 'shop.local' }, line: 'GET /', host: 'SHOP.local', yes: true },
    { match: { host: 'shop.local' }, line: 'GET /', host: 'shop.local.evil', yes: false },
    { match: { host: '[::1]' }, line: 'GET /', host: '[::1]:80', yes: true },
    { match: { path: '/v1/*' }, line: 'GET /v1/items', yes: true },
    { match: { path: '/v1/*' }, line: 'GET /v1/', yes: true },
    { match: { path: '/v1/*' }, line: 'GET /v1', yes: true },
    { match: { path: '/v1/*' }, line: 'GET /v1?a=b', yes: true },
    { match: { path: '/v1/*' }, line: 'GET /v10', yes: false },
    { match: { path: '/v1/*' }, line: 'GET /other?x=/v1/', yes: false },
    { match: { path: '/*' }, line: 'GET /anything', yes: true },
    { match: { path: '/*' }, line: 'OPTIONS *', yes: true },
    { match: { path: '/v1' }, line: 'GET /v1?a=b', yes: true },
    { match: { path: '/v1' }, line: 'GET /v1/', yes: false },
    { match: { methods: ['GET', 'HEAD'] }, line: 'HEAD /', yes: true },
    { match: { methods: ['GET', 'HEAD'] }, line: 'POST /', yes: false },
    { match: { host: 'shop.local', path: '/v1/*', methods: ['GET'] }, line: 'GET /v1/a', yes: true },
    { match: { host: 'shop.local', path: '/v1/*', methods: ['GET'] }, line: 'POST /v1/a', yes: false },
  ])('$match, $line at $host: $yes', ({ match, line, host, yes }) => {
    expect(matches(match, line, host)).toBe(yes)
  })
})

it.each([
  { fields: 'x-canary: 1\r\n', yes: true },
  { fields: 'X-Canary:\t1 \r\n', yes: true },
  { fields: 'x-canary: 1\r\nx-canary: 2\r\n', yes: false },
  { fields: 'x-canary: 2\r\nx-canary: 1\r\n', yes: false },
  { fields: 'x-canary: 1\r\nb: 2\r\nX-CANARY: 1\r\n', yes: true },
  { fields: 'x-canary: 10\r\n', yes: false },
  { fields: 'x-canary-too: 1\r\n', yes: false },
  { fields: '', yes: false },
])('matches a header field by its whole value: $fields $yes', ({ fields, yes }) => {
  const table = routeTable([{ match: { headers: { 'X-canary': '1' } } }])
  expect(table(request('GET /', 'a', fields)) !== undefined).toBe(yes)
})

it('takes the first that matches', () => {
  const table = routeTable([
    { id: 1, match: { path: '/a/*' } },
    { id: 2, match: { path: '/*' } },
    { id: 3, match: {} },
  ])
  expect(table(request('GET /a/b'))?.id).toBe(1)
  expect(table(request('GET /b'))?.id).toBe(2)
})

it('finds nothing where nothing matches', () => {
  expect(routeTable([{ match: { host: 'other' } }])(request('GET /'))).toBeUndefined()
})
