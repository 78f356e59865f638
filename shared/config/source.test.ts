import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createSource, isUtf8, openSource } from './source.ts'

it.each([
  [0, 1, 1],
  [2, 1, 3],
  [3, 2, 1],
  [6, 4, 1],
  [7, 4, 2],
  [99, 4, 2],
  [-1, 1, 1],
])('offset %i of four lines is line %i, column %i', (offset, line, column) => {
  expect(createSource('x', 'ab\nc\n\nd').place(offset)).toEqual({ line, column })
})

it('gives the line around an offset without its line break, be it of Unix or of Windows', () => {
  const { text, lineAround } = createSource('x', 'ab\r\ncd\n\r\nef')
  const lineAt = (offset: number) => {
    const { from, to } = lineAround(offset)
    return text.slice(from, to)
  }
  expect([0, 3, 4, 7, 9, 99].map(lineAt)).toEqual(['ab', 'ab', 'cd', '', 'ef', 'ef'])
})

it('finds every offset in the line that it names', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '\n', '\r\n', 'é') }), fc.nat(50), (text, at) => {
      const offset = Math.min(at, text.length)
      const source = createSource('x', text)
      const { line, column } = source.place(offset)
      const before = text.split('\n').slice(0, line - 1)
      expect(before.reduce((sum, each) => sum + each.length + 1, 0) + column - 1).toBe(offset)
    }),
  )
})

it.each([
  ['latin-1 in the third line', Buffer.from('a: 1\nb: é\nc: \xe9', 'latin1'), 2, 4],
  ['a lone continuation byte', Uint8Array.of(0x61, 0x80), 1, 2],
  ['a character cut short at the end', Uint8Array.of(0x61, 0x0a, 0xe2, 0x82), 2, 1],
  ['UTF-16', Uint8Array.of(0xff, 0xfe, 0x61, 0x00), 1, 1],
])('finds the first byte that is no UTF-8: %s', (_name, text, line, column) => {
  const { source, finding } = openSource({ file: 'x', text })
  expect(finding?.code).toBe('PM0103')
  expect(source.place(finding?.range?.from ?? -1)).toEqual({ line, column })
})

it('takes every text that is UTF-8, and tells exactly the others apart', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const bytes = Buffer.from(text)
      expect(isUtf8(bytes)).toBe(bytes.toString() === text)
    }),
  )
})
