import fc from 'fast-check'
import { expect, it } from 'vitest'
import { terminationMessage } from './termination-message.ts'

it('leaves a text of 4096 bytes as it is', () => {
  const text = 'x'.repeat(4096)
  expect(terminationMessage(text)).toBe(text)
})

it('keeps the beginning of a longer text and marks the cut', () => {
  const cut = terminationMessage('x'.repeat(4097))
  expect(Buffer.byteLength(cut)).toBe(4096)
  expect(cut).toMatch(/^x+\n\[cut\]$/)
})

it('never exceeds 4096 bytes and never cuts a character in half', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1000, maxLength: 6000 }), (text) => {
      const message = terminationMessage(text)
      expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4096)
      expect(text.startsWith(message.replace(/\n\[cut\]$/, ''))).toBe(true)
    }),
  )
})
