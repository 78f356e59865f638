import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseHttpDate } from './http-date.ts'

const wallMs = Date.UTC(2026, 10, 24)
const moment = Date.UTC(1994, 10, 6, 8, 49, 37)

it.each([
  { form: 'the one that is sent', text: 'Sun, 06 Nov 1994 08:49:37 GMT' },
  { form: 'that of RFC 850', text: 'Sunday, 06-Nov-94 08:49:37 GMT' },
  { form: 'that of asctime', text: 'Sun Nov  6 08:49:37 1994' },
  { form: 'one with the wrong day', text: 'Mon, 06 Nov 1994 08:49:37 GMT' },
])('reads $form: $text', ({ text }) => {
  expect(parseHttpDate(text, wallMs)).toBe(moment)
})

it.each([
  { text: 'Tuesday, 24-Nov-76 00:00:00 GMT', year: 2076 },
  { text: 'Tuesday, 24-Nov-76 00:00:01 GMT', year: 1976 },
  { text: 'Friday, 31-Dec-99 23:59:59 GMT', year: 1999 },
  { text: 'Saturday, 01-Jan-00 00:00:00 GMT', year: 2000 },
  { text: 'Friday, 28-Feb-25 00:00:00 GMT', year: 2025 },
])('places $text in $year: at most 50 years ahead', ({ text, year }) => {
  expect(new Date(parseHttpDate(text, wallMs) ?? 0).getUTCFullYear()).toBe(year)
})

it('places a year of two digits in the next century when that is near', () => {
  const text = 'Friday, 01-Jan-10 00:00:00 GMT'
  expect(parseHttpDate(text, Date.UTC(2090, 0, 1))).toBe(Date.UTC(2110, 0, 1))
})

it('takes a leap second for the one before it', () => {
  expect(parseHttpDate('Sat, 31 Dec 2016 23:59:60 GMT', wallMs)).toBe(Date.UTC(2016, 11, 31, 23, 59, 59))
})

describe('refuses', () => {
  it.each([
    '',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 UTC',
    'Sun, 06 Nov 1994 08:49:37 +0000',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:37 GMT',
    'Sun, 06 Nov 1994 08:49:61 GMT',
    'Sun, 31 Feb 1994 08:49:37 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Thu, 29 Feb 2025 00:00:00 GMT',
    'sun, 06 nov 1994 08:49:37 gmt',
    ' Sun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06-Nov-94 08:49:37 GMT',
    '1994-11-06T08:49:37Z',
  ])('%j', (text) => {
    expect(parseHttpDate(text, wallMs)).toBeUndefined()
  })
})

it('reads every date that JavaScript writes, to the second', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      expect(parseHttpDate(date.toUTCString(), wallMs)).toBe(Math.floor(date.getTime() / 1000) * 1000)
    }),
  )
})
