import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLineSplitter, type RawLine } from './line-splitter.ts'

const split = (text: string, { at = [] as number[], max = 1000, start = 0 } = {}): RawLine[] => {
  const bytes = Buffer.from(text)
  const splitter = createLineSplitter(start, max)
  const cuts = [0, ...at, bytes.length]
  const lines = cuts.slice(1).flatMap((end, index) => splitter.push(bytes.subarray(cuts[index], end)))
  const last = splitter.flush()
  return last === undefined ? lines : [...lines, last]
}

it('gives each line with the offset behind its newline', () => {
  expect(split('one\ntwo\n', { start: 100 })).toEqual([
    { text: 'one', endOffset: 104, partial: false },
    { text: 'two', endOffset: 108, partial: false },
  ])
})

it('drops the carriage return before a newline but counts it', () => {
  expect(split('one\r\ntwo\n')).toMatchObject([
    { text: 'one', endOffset: 5 },
    { text: 'two', endOffset: 9 },
  ])
})

it('holds the last line until its newline has come', () => {
  const splitter = createLineSplitter(0, 100)
  expect(splitter.push(Buffer.from('half'))).toEqual([])
  expect(splitter.pendingBytes()).toBe(4)
  expect(splitter.push(Buffer.from(' whole\n'))).toEqual([{ text: 'half whole', endOffset: 11, partial: false }])
})

it('marks a last line without a newline as partial when it is flushed', () => {
  expect(split('whole\nhalf').at(-1)).toEqual({ text: 'half', endOffset: 10, partial: true })
})

it('gives a line that is too long in pieces, and only the last piece as whole', () => {
  expect(split('abcdefgh\nnext\n', { max: 3 })).toEqual([
    { text: 'abc', endOffset: 3, partial: true },
    { text: 'def', endOffset: 6, partial: true },
    { text: 'gh', endOffset: 9, partial: false },
    { text: 'nex', endOffset: 12, partial: true },
    { text: 't', endOffset: 14, partial: false },
  ])
})

it('never cuts a character in half', () => {
  expect(split('aaé\n', { max: 3 }).map(({ text }) => text)).toEqual(['aa', 'é'])
})

describe('whatever the content and wherever the reads end', () => {
  const content = fc
    .array(fc.constantFrom('a', 'é', '€', '\n', '\r\n', '{"k":1}'), { maxLength: 60 })
    .map((parts) => parts.join(''))

  it('gives the same lines', () => {
    fc.assert(
      fc.property(content, fc.array(fc.nat(300)), fc.integer({ min: 4, max: 40 }), (text, cuts, max) => {
        const size = Buffer.byteLength(text)
        const at = [...new Set(cuts.map((cut) => cut % (size + 1)))].toSorted((a, b) => a - b)
        expect(split(text, { at, max })).toEqual(split(text, { max }))
      }),
    )
  })

  it('ends at the last byte, loses none and keeps to the limit', () => {
    fc.assert(
      fc.property(content, fc.integer({ min: 4, max: 40 }), (text, max) => {
        const lines = split(text, { max })
        const joined = lines.map((line) => line.text + (line.partial ? '' : '\n')).join('')
        expect(joined).toBe(text.replaceAll('\r\n', '\n'))
        expect(lines.at(-1)?.endOffset ?? 0).toBe(Buffer.byteLength(text))
        for (const line of lines) expect(Buffer.byteLength(line.text)).toBeLessThanOrEqual(max)
      }),
    )
  })
})
