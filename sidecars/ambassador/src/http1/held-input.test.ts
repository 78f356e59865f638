import { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { HeldInput } from './held-input.ts'

/** Takes one letter at a time, when it may. */
function letters() {
  const taken: Buffer[] = []
  const may = { take: 0 }
  const socket = new Socket()
  const input = new HeldInput(socket, {
    take: (bytes) => {
      if (may.take === 0) return 0
      may.take -= 1
      taken.push(bytes)
      return 1
    },
    onTaken: () => undefined,
    onEnd: () => undefined,
  })
  return { input, socket, taken, may }
}

it('copies what must wait once, however often a little of it is taken', () => {
  const { input, taken, may } = letters()
  const read = Buffer.from('abcd')
  input.add(read)
  read.fill('x')
  for (let time = 0; time < 4; time += 1) {
    may.take = 1
    input.continue()
  }
  expect(taken.map(String)).toEqual(['abcd', 'bcd', 'cd', 'd'])
  // All end at the same byte of the same memory: views of one copy.
  expect(new Set(taken.map(({ buffer }) => buffer)).size).toBe(1)
  expect(new Set(taken.map(({ byteOffset, length }) => byteOffset + length)).size).toBe(1)
  expect(input.isWaiting).toBe(false)
})

it('puts what is read meanwhile behind what waits, and reads no more when that is more than 16 KiB', () => {
  const { input, socket, taken, may } = letters()
  input.add(Buffer.from('ab'))
  input.add(Buffer.alloc(16_382, 'c'))
  expect(socket.isPaused()).toBe(false)
  input.add(Buffer.from('d'))
  expect(socket.isPaused()).toBe(true)
  may.take = 1
  input.continue()
  expect(String(taken[0])).toBe(`ab${'c'.repeat(16_382)}d`)
})
