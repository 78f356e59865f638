import { expect, it } from 'vitest'
import { compareEndpoints } from './endpoint-set.ts'

const at = (host: string) => ({ target: { host, port: 80 }, weight: 1 })
const endpoint = (address: string) => ({ address })

it.each([
  { what: 'the first ones', current: [], found: ['a', 'b'], kept: [], added: ['a', 'b'], removed: [] },
  { what: 'no change', current: ['a:80'], found: ['a'], kept: ['a:80'], added: [], removed: [] },
  { what: 'one more', current: ['a:80'], found: ['a', 'b'], kept: ['a:80'], added: ['b'], removed: [] },
  { what: 'one less', current: ['a:80', 'b:80'], found: ['b'], kept: ['b:80'], added: [], removed: ['a:80'] },
  { what: 'another in its place', current: ['a:80'], found: ['b'], kept: [], added: ['b'], removed: ['a:80'] },
  { what: 'one twice', current: [], found: ['a', 'a'], kept: [], added: ['a'], removed: [] },
  { what: 'none any more', current: ['a:80'], found: [], kept: [], added: [], removed: ['a:80'] },
])('$what: $current to $found', ({ current, found, kept, added, removed }) => {
  expect(compareEndpoints(current.map(endpoint), found.map(at))).toEqual({
    kept: kept.map(endpoint),
    added: added.map(at),
    removed: removed.map(endpoint),
  })
})

it('tells a port and a socket apart', () => {
  const { removed, added } = compareEndpoints(
    [endpoint('a:80')],
    [
      { target: { host: 'a', port: 81 }, weight: 1 },
      { target: { path: '/a:80' }, weight: 1 },
    ],
  )
  expect(removed).toHaveLength(1)
  expect(added).toHaveLength(2)
})
