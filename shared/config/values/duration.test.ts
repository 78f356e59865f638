import fc from 'fast-check'
import { expect, it } from 'vitest'
import { duration, durationOf, formatDuration, longestDurationMs, parseDuration } from './duration.ts'

it.each([
  ['250ms', 250],
  ['5s', 5000],
  ['1m', 60_000],
  ['1h', 3_600_000],
  ['1h30m', 5_400_000],
  ['1.5s', 1500],
  ['0.4ms', 0],
  ['0', 0],
  ['0s', 0],
  ['596h31m23s647ms', 2_147_483_647],
])('%s is %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

it.each(['', '5', 's', '5 s', '-5s', '5S', '5sec', '1m1h', '1e3s', '5s ', '.5s', '1d', '597h', '1s1s'])(
  '"%s" is no duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined()
  },
)

it.each([
  [0, '0s'],
  [250, '250ms'],
  [1500, '1.5s'],
  [1997, '1.997s'],
  [2003, '2.003s'],
  [60_000, '1m'],
  [60_003, '1m3ms'],
  [90_000, '1m30s'],
  [86_400_000, '24h'],
  [longestDurationMs, '596h31m23.647s'],
])('%i ms is written %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

it('reads what it has written as the same duration', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: longestDurationMs }), (ms) => {
      expect(parseDuration(formatDuration(ms))).toBe(ms)
    }),
  )
})

it('refuses a bare number, and says which unit could be meant', () => {
  expect(duration().read(5)).toEqual({ ok: false, hint: 'add the unit: 5s or 5ms' })
})

it('names its limits when a duration lies outside of them', () => {
  const limited = duration({ min: '1s', max: '10m' })
  expect(limited.read('10m')).toEqual({ ok: true, value: 600_000 })
  expect(limited.read('10m1ms')).toEqual({ ok: false, code: 'PM0111', expected: 'a duration of 1s to 10m' })
  expect(limited.read('999ms')).toEqual({ ok: false, code: 'PM0111', expected: 'a duration of 1s to 10m' })
  expect(limited.range).toBe('1s to 10m')
})

it.each(['596h31m23.648s', '600h', '0ms'])('says in days how long %s may be', (text) => {
  const limited = duration({ min: '1ms' })
  expect(limited.read('596h31m23.647s')).toEqual({ ok: true, value: longestDurationMs })
  expect(limited.read(text)).toEqual({ ok: false, code: 'PM0111', expected: 'a duration of 1ms to 24.8 days' })
  expect(limited.range).toBe('1ms to 24.8 days')
})

it('calls a wrong duration in the program itself a defect', () => {
  expect(() => durationOf('5 s')).toThrow('"5 s" is no duration')
})
