import { expect, it } from 'vitest'
import { decimal, port, ratio, wholeNumber } from './number.ts'

it.each([
  [wholeNumber({ min: 0, max: 10 }), 10, true],
  [wholeNumber({ min: 0, max: 10 }), 11, false],
  [wholeNumber({ min: 0, max: 10 }), 1.5, false],
  [wholeNumber({ min: 0, max: 10 }), '5', false],
  [port(), 65_535, true],
  [port(), 0, false],
  [ratio(), 0.2, true],
  [ratio(), 1.01, false],
  [ratio(), Number.NaN, false],
  [decimal({ min: 0, max: 2 }), 1.5, true],
  [decimal({ min: 0, max: 2 }), Number.POSITIVE_INFINITY, false],
])('$name reads %s: %s', (type, input, isRead) => {
  expect(type.read(input).ok).toBe(isRead)
})

it('tells the ratio that a percentage is', () => {
  expect(ratio().read('20%')).toEqual({ ok: false, hint: 'write 0.2' })
  expect(ratio().read('120%')).toEqual({ ok: false })
})

it('tells a number out of range from what is no number', () => {
  expect(port().read(70_000)).toEqual({ ok: false, code: 'PM0111' })
  expect(port().read('http')).toEqual({ ok: false })
})
