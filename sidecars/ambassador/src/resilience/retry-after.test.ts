import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseRateLimitReset, parseRetryAfter, type RetryAfter } from './retry-after.ts'

const wallMs = Date.UTC(1994, 10, 6, 8, 49, 30)

it.each<{ value: string; asked: RetryAfter }>([
  { value: '0', asked: 0 },
  { value: '7', asked: 7000 },
  { value: '007', asked: 7000 },
  { value: '300', asked: 300_000 },
  { value: '301', asked: 'too_long' },
  { value: '9'.repeat(400), asked: 'too_long' },
  { value: 'Sun, 06 Nov 1994 08:49:37 GMT', asked: 7000 },
  { value: 'Sunday, 06-Nov-94 08:49:37 GMT', asked: 7000 },
  { value: 'Sun Nov  6 08:49:37 1994', asked: 7000 },
  { value: 'Sun, 06 Nov 1994 08:49:00 GMT', asked: 0 },
  { value: 'Sun, 06 Nov 1994 09:49:37 GMT', asked: 'too_long' },
  { value: '-1', asked: undefined },
  { value: '+1', asked: undefined },
  { value: '1.5', asked: undefined },
  { value: '1e3', asked: undefined },
  { value: '7 s', asked: undefined },
  { value: '7, 9', asked: undefined },
  { value: 'tomorrow', asked: undefined },
  { value: '', asked: undefined },
])('reads Retry-After "$value" as $asked', ({ value, asked }) => {
  expect(parseRetryAfter(value, wallMs)).toBe(asked)
})

it.each<{ value: string; asked: RetryAfter }>([
  { value: '7', asked: 7000 },
  { value: '301', asked: 'too_long' },
  { value: '1700000007', asked: 7000 },
  { value: '1699999000', asked: 0 },
  { value: '1700009999', asked: 'too_long' },
  { value: '-7', asked: undefined },
  { value: 'Sun, 06 Nov 1994 08:49:37 GMT', asked: undefined },
  { value: '', asked: undefined },
])('reads X-RateLimit-Reset "$value" as $asked', ({ value, asked }) => {
  expect(parseRateLimitReset(value, 1_700_000_000_000)).toBe(asked)
})

it('reads anything without throwing, as nothing or as a wait within its limits', () => {
  const value = fc.oneof(
    fc.string(),
    fc.bigInt({ min: 0n }).map(String),
    fc.date().map((date) => date.toUTCString()),
  )
  fc.assert(
    fc.property(value, fc.integer({ min: 0, max: 4e12 }), (text, nowMs) => {
      for (const asked of [parseRetryAfter(text, nowMs), parseRateLimitReset(text, nowMs)]) {
        expect(typeof asked !== 'number' || (asked >= 0 && asked <= 300_000)).toBe(true)
      }
    }),
  )
})
