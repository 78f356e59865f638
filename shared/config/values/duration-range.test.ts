import { expect, it } from 'vitest'
import { formatDurationRange, parseDurationRange } from './duration-range.ts'

it.each([
  ['1s..60s', 1000, 60_000],
  ['0..10s', 0, 10_000],
  ['250ms .. 1m', 250, 60_000],
  ['5s', 5000, 5000],
  ['5s..5s', 5000, 5000],
])('%s is %i to %i ms', (text, minMs, maxMs) => {
  expect(parseDurationRange(text)).toEqual({ minMs, maxMs })
})

it.each(['', '..', '1s..', '..1s', '60s..1s', '1s..2s..3s', '1s-2s', '1..2'])('"%s" is no range', (text) => {
  expect(parseDurationRange(text)).toBeUndefined()
})

it('writes a range of one duration as that duration', () => {
  expect(formatDurationRange({ minMs: 5000, maxMs: 5000 })).toBe('5s')
  expect(formatDurationRange({ minMs: 1000, maxMs: 60_000 })).toBe('1s..1m')
})
