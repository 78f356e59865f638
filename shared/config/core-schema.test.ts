import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { plainScalar } from './core-schema.ts'

it.each([
  ['', null],
  ['~', null],
  ['true', true],
  ['False', false],
  ['off', 'off'],
  ['yes', 'yes'],
  ['12', 12],
  ['-1.5e3', -1500],
  ['.5', 0.5],
  ['.inf', Number.POSITIVE_INFINITY],
  ['-.Inf', Number.NEGATIVE_INFINITY],
  ['.nan', Number.NaN],
  ['1_000', '1_000'],
  ['5s', '5s'],
])('%s is %s', (text, value) => {
  expect(plainScalar(text)).toBe(value)
})

it.each(['0640', '0o640', '0x1F', '-007', '00'])(
  '%s stays text, because people and YAML read it differently',
  (text) => {
    expect(plainScalar(text)).toBe(text)
  },
)

it('gives every other plain scalar the type that the YAML library gives it', () => {
  const scalars = fc.stringMatching(/^[-+.0-9a-zA-Z~][-+.0-9a-zA-Z~_]{0,7}$/)
  fc.assert(
    fc.property(scalars, (text) => {
      const isOurs = /^[-+]?0[0-9ox]/.test(text) || /^(-+|\.\.\.)$/.test(text)
      if (!isOurs) expect(plainScalar(text)).toEqual(parse(text, { schema: 'core' }))
    }),
    { numRuns: 1000 },
  )
})
