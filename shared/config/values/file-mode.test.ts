import { expect, it } from 'vitest'
import { fileMode, formatFileMode, parseFileMode } from './file-mode.ts'

it.each([
  ['0640', 0o640],
  ['640', 0o640],
  ['0o640', 0o640],
  ['2770', 0o2770],
  ['02770', 0o2770],
  ['0000', 0],
])('%s is the mode %i', (text, mode) => {
  expect(parseFileMode(text)).toBe(mode)
})

it.each(['', '64', '0680', 'o640', '000640', '12345', 'rw-r-----', '-640', '0x640'])('"%s" is no mode', (text) => {
  expect(parseFileMode(text)).toBeUndefined()
})

it('takes the digits of a number as octal, as they were written', () => {
  expect(fileMode().read(2770)).toEqual({ ok: true, value: 0o2770 })
})

it('writes four digits', () => {
  expect(formatFileMode(0o640)).toBe('0640')
})
