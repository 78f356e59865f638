import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isoTime, utcTime } from './calendar.ts'

it.each([
  ['2026-11-23T11:49:04Z', '2026-11-23T11:49:04Z'],
  ['2026-11-23T11:49:04.123456789Z', '2026-11-23T11:49:04.123456789Z'],
  ['2026-11-23T11:49:04.5+01:00', '2026-11-23T10:49:04.5Z'],
  ['2026-11-23 11:49:04-0530', '2026-11-23T17:19:04Z'],
])('says %s as %s', (text, utc) => {
  expect(utcTime(text)).toBe(utc)
})

it.each(['', 'yesterday', '2026-11-23', '2026-11-23T11:49:04', '2026-13-40T99:99:99Z'])('refuses %j', (text) => {
  expect(utcTime(text)).toBeUndefined()
})

it('reads what it writes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), (wallMs) => {
      expect(utcTime(isoTime(wallMs))).toBe(isoTime(wallMs))
    }),
  )
})
