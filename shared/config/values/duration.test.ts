import { expect, it } from 'vitest'
import { duration, durationOf, formatDuration, parseDuration } from './duration.ts'

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
  [1500, '1s500ms'],
  [60_000, '1m'],
  [90_000, '1m30s'],
  [86_400_000, '24h'],
])('%i ms is written %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
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

it('calls a wrong duration in the program itself a defect', () => {
  expect(() => durationOf('5 s')).toThrow('"5 s" is no duration')
})
