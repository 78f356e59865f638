import fc from 'fast-check'
import { expect, it } from 'vitest'
import { editDistance, nearestWord } from './nearest-word.ts'

const allowed = ['retries', 'timeout', 'maxEjected', 'endpoints', 'dns', 'file', 'url', 'tls']

it.each([
  ['retires', 'retries'],
  ['retrys', 'retries'],
  ['timout', 'timeout'],
  ['time-out', 'timeout'],
  ['max_ejected', 'maxEjected'],
  ['MaxEjected', 'maxEjected'],
  ['endpoint', 'endpoints'],
  ['flie', 'file'],
  ['DNS', 'dns'],
  ['uri', 'url'],
])('%s: did you mean %s', (word, nearest) => {
  expect(nearestWord(word, allowed)).toBe(nearest)
})

it.each(['health', 'ur', 'dn', 'fi', '', 'hedge', 'x'.repeat(100), 'endpoint-list'])(
  'offers nothing for "%s", because nothing is near',
  (word) => {
    expect(nearestWord(word, allowed)).toBeUndefined()
  },
)

it('offers nothing when two words are equally near', () => {
  expect(nearestWord('cart', ['card', 'care'])).toBeUndefined()
  expect(nearestWord('maxage', ['maxAge', 'max-age'])).toBeUndefined()
})

it('counts a swap of neighbours as one slip', () => {
  expect(editDistance('retires', 'retries', 9)).toBe(1)
  expect(editDistance('kitten', 'sitting', 9)).toBe(3)
  expect(editDistance('kitten', 'sitting', 2)).toBe(3)
})

it('measures the same distance in both directions, and none from a word to itself', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      expect(editDistance(a, b, 12)).toBe(editDistance(b, a, 12))
      expect(editDistance(a, a, 12)).toBe(0)
    }),
  )
})

it('never offers the word itself, nor one that is not allowed', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.array(fc.string({ maxLength: 12 })), (word, words) => {
      const nearest = nearestWord(word, words)
      if (nearest !== undefined) expect(words).toContain(nearest)
    }),
  )
})
