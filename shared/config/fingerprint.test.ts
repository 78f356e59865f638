import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fingerprint } from './fingerprint.ts'

// The vectors of draft-eastlake-fnv for 64 bits, their upper 16 bits folded into the lower 48.
it.each([
  ['', 0xcbf29ce484222325n],
  ['a', 0xaf63dc4c8601ec8cn],
  ['foobar', 0x85944171f73967e8n],
])('folds the 64 bits of FNV-1a of %j', (text, whole) => {
  const folded = (whole >> 48n) ^ (whole & 0xffffffffffffn)
  expect(fingerprint(text)).toBe(folded.toString(16).padStart(12, '0'))
})

it('is 12 hex digits, and another one for another text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
      expect(fingerprint(one)).toMatch(/^[0-9a-f]{12}$/)
      expect(fingerprint(one) === fingerprint(other)).toBe(one === other)
    }),
  )
})
