import { expect, it } from 'vitest'
import { formatStatusRanges, isInRanges, parseStatusRanges } from './status-ranges.ts'

it.each([
  ['200', [{ from: 200, to: 200 }]],
  ['200-299', [{ from: 200, to: 299 }]],
  [
    '200 - 299, 404',
    [
      { from: 200, to: 299 },
      { from: 404, to: 404 },
    ],
  ],
])('reads %s', (text, ranges) => {
  expect(parseStatusRanges(text)).toEqual(ranges)
})

it.each(['', '2xx', '299-200', '99', '600', '200-', '200,', '20'])('does not read "%s"', (text) => {
  expect(parseStatusRanges(text)).toBeUndefined()
})

it('writes ranges so that they are read back', () => {
  const ranges = parseStatusRanges('200-299,404') ?? []
  expect(formatStatusRanges(ranges)).toBe('200-299,404')
})

it.each([
  [199, false],
  [200, true],
  [299, true],
  [300, false],
  [404, true],
])('status %i within 200-299,404: %s', (status, isIn) => {
  expect(isInRanges(status, parseStatusRanges('200-299,404') ?? [])).toBe(isIn)
})
