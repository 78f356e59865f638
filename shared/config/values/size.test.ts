import { expect, it } from 'vitest'
import { formatSize, parseSize, size, sizeOf } from './size.ts'

it.each([
  ['64KiB', 65_536],
  ['2GiB', 2_147_483_648],
  ['1.5MiB', 1_572_864],
  ['1TiB', 1_099_511_627_776],
  ['64KB', 64_000],
  ['64kB', 64_000],
  ['512B', 512],
  ['512', 512],
  ['0', 0],
])('%s is %i bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes)
})

it.each(['', 'KiB', '64 KiB', '64kib', '64Kib', '-1', '1.5B', '0.1KiB', '64M', '1e3', '9007199254740993', '0x10'])(
  '"%s" is no size',
  (text) => {
    expect(parseSize(text)).toBeUndefined()
  },
)

it.each([
  [0, '0B'],
  [1000, '1000B'],
  [1024, '1KiB'],
  [65_536, '64KiB'],
  [1_572_864, '1536KiB'],
  [2_147_483_648, '2GiB'],
])('%i bytes are written %s', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text)
})

it('takes a bare number as bytes, and names its limits', () => {
  const limited = size({ min: '1KiB', max: '1MiB' })
  expect(limited.read(2048)).toEqual({ ok: true, value: 2048 })
  expect(limited.read(5)).toEqual({ ok: false, code: 'PM0111', expected: 'a size of 1KiB to 1MiB' })
})

it('calls a wrong size in the program itself a defect', () => {
  expect(() => sizeOf('64 KiB')).toThrow('"64 KiB" is no size')
})
