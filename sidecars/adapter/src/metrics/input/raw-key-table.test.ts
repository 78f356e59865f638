import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createRawKeyTable, hashByte, hashStart, type KeyPlace } from './raw-key-table.ts'

interface Line {
  readonly name: string
  readonly suffix: string
}

/** A line inside a packet, with something before and after it. */
function lineIn({ name, suffix }: Line, value: string): { bytes: Buffer; place: KeyPlace; hash: number } {
  const [before, head, middle] = [Buffer.from('x:1|c\n'), Buffer.from(name), Buffer.from(`:${value}`)]
  const tail = Buffer.from(suffix)
  const bytes = Buffer.concat([before, head, middle, tail, Buffer.from('\ny:2|c')])
  const start = before.length
  const nameEnd = start + head.length
  const valueEnd = nameEnd + middle.length
  const place = { start, nameEnd, valueEnd, end: valueEnd + tail.length }
  const hash = [...head, ...tail].reduce((state, byte) => hashByte(state, byte), hashStart)
  return { bytes, place, hash }
}

it('finds a key whatever the value inside the line is', () => {
  const table = createRawKeyTable<string>(4)
  const first = lineIn({ name: 'a', suffix: '|c' }, '1')
  table.set(first.bytes, first.place, first.hash, 'found')
  const second = lineIn({ name: 'a', suffix: '|c' }, '123.456')
  expect(table.get(second.bytes, second.place, second.hash)).toBe('found')
})

it('tells apart keys whose bytes are the same but divided otherwise', () => {
  const table = createRawKeyTable<string>(4)
  const first = lineIn({ name: 'a', suffix: '|b|c' }, '1')
  const second = lineIn({ name: 'a|b', suffix: '|c' }, '1')
  expect(first.hash).toBe(second.hash)
  table.set(first.bytes, first.place, first.hash, 'first')
  expect(table.get(second.bytes, second.place, second.hash)).toBeUndefined()
})

it('tells apart keys that fall on the same hash', () => {
  const table = createRawKeyTable<string>(4)
  const one = lineIn({ name: 'a', suffix: '|c' }, '1')
  const longer = lineIn({ name: 'ab', suffix: '|c' }, '1')
  const other = lineIn({ name: 'b', suffix: '|c' }, '1')
  table.set(one.bytes, one.place, 7, 'one')
  expect(table.get(longer.bytes, longer.place, 7)).toBeUndefined()
  table.set(other.bytes, other.place, 7, 'other')
  expect(table.get(one.bytes, one.place, 7)).toBe('one')
  expect(table.get(other.bytes, other.place, 7)).toBe('other')
})

it('forgets everything when it is full, and goes on', () => {
  const table = createRawKeyTable<number>(3)
  for (let n = 0; n < 10; n += 1) {
    const { bytes, place, hash } = lineIn({ name: `n${n}`, suffix: '|c' }, '1')
    table.set(bytes, place, hash, n)
    expect(table.size()).toBeLessThanOrEqual(3)
    expect(table.get(bytes, place, hash)).toBe(n)
  }
})

it('behaves like a Map in any order of sets and gets', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '|', 'é'), maxLength: 3 })
  const step = fc.record({ name: word, suffix: word, value: fc.nat(), isSet: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const table = createRawKeyTable<number>(100_000)
      const model = new Map<string, number>()
      for (const { name, suffix, value, isSet } of steps) {
        const { bytes, place, hash } = lineIn({ name, suffix }, String(value))
        if (isSet) {
          table.set(bytes, place, hash, value)
          model.set(JSON.stringify([name, suffix]), value)
        }
        expect(table.get(bytes, place, hash)).toBe(model.get(JSON.stringify([name, suffix])))
      }
      expect(table.size()).toBe(model.size)
    }),
  )
})
