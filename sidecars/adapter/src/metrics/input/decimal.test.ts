import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decimalOf, slowDecimal } from './decimal.ts'

/** The number inside other bytes, as it stands in a line. */
function read(text: string): number {
  const bytes = Buffer.from(`a:${text}|c`)
  return decimalOf(bytes, 2, bytes.length - 2)
}

it.each([
  ['0', 0],
  ['1', 1],
  ['-1', -1],
  ['+1', 1],
  ['0.1', 0.1],
  ['.5', 0.5],
  ['5.', 5],
  ['00012', 12],
  ['123456789012345', 123456789012345],
  ['0.30000000000000004', 0.30000000000000004],
  ['1e3', 1000],
  ['-2.5E-3', -0.0025],
])('reads %s', (text, value) => {
  expect(read(text)).toBe(value)
})

it.each([
  '',
  '-',
  '+',
  '.',
  '-.',
  '1.2.3',
  '1,5',
  'abc',
  'NaN',
  'Infinity',
  '-inf',
  '1e999',
  '0x10',
  ' 1',
  '1 ',
  '--1',
])('does not read "%s"', (text) => {
  expect(read(text)).toBeNaN()
})

it('gives the double that Number gives, for any decimal', () => {
  const digits = fc.stringMatching(/^\d{0,20}$/)
  fc.assert(
    fc.property(
      fc.constantFrom('', '-', '+'),
      digits,
      fc.constantFrom('', '.'),
      digits,
      (sign, whole, dot, fraction) => {
        const text = `${sign}${whole}${dot}${fraction}`
        const expected = whole + fraction === '' ? Number.NaN : Number(text)
        expect(read(text)).toBe(expected)
        expect(slowDecimal(text)).toBe(expected)
      },
    ),
    { numRuns: 3000 },
  )
})

it('gives the double that any number was printed from', () => {
  fc.assert(
    fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (value) => {
      expect(read(String(value))).toBe(Number(String(value)))
    }),
    { numRuns: 3000 },
  )
})
