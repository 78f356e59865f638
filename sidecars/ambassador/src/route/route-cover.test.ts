import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readRequestHead } from '../http1/request-head.ts'
import { covers } from './route-cover.ts'
import { type RouteMatch, routeTable } from './route-table.ts'

const maybe = <T>(...values: T[]) => fc.constantFrom<(T | undefined)[]>(undefined, ...values)

const limits = { headBytesMax: 1000, headersMax: 10, targetBytesMax: 1000 }

/** Every request that the parts of the routes below can tell apart. */
const requests = ['GET', 'POST'].flatMap((method) =>
  ['/', '/v1', '/v1/', '/v1/a', '/v1/a/b', '/v10', '/v1?x=/v1/', '/v1/a?x'].flatMap((target) =>
    ['shop', 'SHOP:80', 'other'].flatMap((host) =>
      ['', 'X-Canary: 1\r\n', 'x-canary: 2\r\n'].map((field) => {
        const head = readRequestHead(`${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${field}\r\n`, limits, 'paths')
        if (!head.ok) throw new Error(head.what)
        return head
      }),
    ),
  ),
)

const match: fc.Arbitrary<RouteMatch> = fc.record({
  host: maybe('*', 'shop', 'Shop', 'other'),
  path: maybe('/', '/*', '/v1', '/v1/', '/v1/*', '/v1/a', '/v1/a/*', '/v10'),
  methods: maybe(['GET'], ['POST', 'GET']),
  headers: maybe({ 'x-canary': '1' }, { 'X-Canary': '2' }),
})

it('never says that a route takes all of another, where a request would have come to that one', () => {
  fc.assert(
    fc.property(match, match, (earlier, later) => {
      fc.pre(covers(earlier, later))
      const [first, second] = [routeTable([{ match: earlier }]), routeTable([{ match: later }])]
      for (const request of requests) if (second(request) !== undefined) expect(first(request)).toBeDefined()
    }),
    { numRuns: 300 },
  )
})

describe('an earlier route takes all of a later one', () => {
  it.each<{ earlier: RouteMatch; later: RouteMatch; yes: boolean }>([
    { earlier: {}, later: {}, yes: true },
    { earlier: {}, later: { host: 'a', path: '/x', methods: ['GET'], headers: { x: '1' } }, yes: true },
    { earlier: { host: '*' }, later: { path: '/x' }, yes: true },
    { earlier: { host: 'a' }, later: { host: 'A', path: '/x' }, yes: true },
    { earlier: { host: 'a' }, later: {}, yes: false },
    { earlier: { path: '/*' }, later: {}, yes: true },
    { earlier: { path: '/v1/*' }, later: { path: '/v1' }, yes: true },
    { earlier: { path: '/v1/*' }, later: { path: '/v1/a/*' }, yes: true },
    { earlier: { path: '/v1/*' }, later: { path: '/v10/*' }, yes: false },
    { earlier: { path: '/v1' }, later: { path: '/v1/*' }, yes: false },
    { earlier: { path: '/v1/*' }, later: { path: '/*' }, yes: false },
    { earlier: { methods: ['GET', 'HEAD'] }, later: { methods: ['GET'] }, yes: true },
    { earlier: { methods: ['GET'] }, later: { methods: ['GET', 'HEAD'] }, yes: false },
    { earlier: { methods: ['GET'] }, later: {}, yes: false },
    { earlier: { headers: { 'X-A': '1' } }, later: { headers: { 'x-a': '1', b: '2' } }, yes: true },
    { earlier: { headers: { 'X-A': '1' } }, later: { headers: { 'x-a': '2' } }, yes: false },
  ])('$earlier, $later: $yes', ({ earlier, later, yes }) => {
    expect(covers(earlier, later)).toBe(yes)
  })
})
