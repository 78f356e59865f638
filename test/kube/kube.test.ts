import { describe, expect, it } from 'vitest'
import { skewOf } from './kube.ts'

describe('the skew of the clocks', () => {
  const noon = Date.parse('2026-01-01T12:00:00Z')
  const date = 'Thu, 01 Jan 2026 12:00:00 GMT'
  it.each([
    ['is none within the second that a date is rounded to', date, noon + 900, noon + 1000, 0],
    ['counts what the cluster is ahead', date, noon - 10_000, noon - 9_000, 9500],
    ['counts what it is behind', date, noon + 60_000, noon + 60_000, -60_000],
    ['is none when the answer has no date', undefined, noon, noon, 0],
  ])('%s', (_what, header, sentMs, receivedMs, skewMs) => {
    expect(skewOf(header, sentMs, receivedMs)).toBe(skewMs)
  })
})
