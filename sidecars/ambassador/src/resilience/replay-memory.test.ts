import fc from 'fast-check'
import { expect, it } from 'vitest'
import { replayMemory } from './replay-memory.ts'

it('gives back the bytes that came, though the buffer they came in was used again', () => {
  const body = replayMemory(100).open(100)
  const buffer = Buffer.from('first')
  body.add(buffer)
  buffer.write('other')
  body.add(Buffer.from(', last'))
  expect(Buffer.concat(body.pieces).toString()).toBe('first, last')
})

it('keeps nothing of a body that is larger than allowed, and says so', () => {
  const memory = replayMemory(100)
  const body = memory.open(4)
  expect(body.add(Buffer.alloc(4))).toBe(true)
  expect(body.add(Buffer.alloc(1))).toBe(false)
  expect(body.add(Buffer.alloc(0))).toBe(false)
  expect({ notKept: body.notKept, pieces: body.pieces, held: memory.bytes }).toEqual({
    notKept: 'too_large',
    pieces: [],
    held: 0,
  })
})

it('keeps nothing of a body for which there is no room, until others are gone', () => {
  const memory = replayMemory(6)
  const first = memory.open(10)
  first.add(Buffer.alloc(5))
  const second = memory.open(10)
  expect(second.add(Buffer.alloc(2))).toBe(false)
  expect(second.notKept).toBe('no_memory')
  expect(memory.bytes).toBe(5)
  first.free()
  expect(memory.open(10).add(Buffer.alloc(6))).toBe(true)
})

it('takes no memory for a body without bytes', () => {
  const memory = replayMemory(0)
  expect(memory.open(0).add(Buffer.alloc(0))).toBe(true)
  expect(memory.bytes).toBe(0)
})

it('gives its memory back once, however often it is freed, and takes nothing afterwards', () => {
  const memory = replayMemory(10)
  const [body, other] = [memory.open(10), memory.open(10)]
  body.add(Buffer.alloc(4))
  other.add(Buffer.alloc(3))
  body.free()
  body.free()
  expect(memory.bytes).toBe(3)
  expect(body.add(Buffer.alloc(1))).toBe(false)
  expect({ notKept: body.notKept, held: memory.bytes }).toEqual({ notKept: undefined, held: 3 })
})

it('holds a body of 65,536 single bytes in blocks that double, not in 65,536 pieces', () => {
  const memory = replayMemory(1_000_000)
  const body = memory.open(65_536)
  for (let index = 0; index < 65_536; index += 1) expect(body.add(Buffer.from([index & 255]))).toBe(true)
  expect(body.pieces).toHaveLength(17)
  expect(memory.bytes).toBe(65_536)
  expect(Buffer.concat(body.pieces)).toEqual(Buffer.from(Array.from({ length: 65_536 }, (_, index) => index & 255)))
})

it('never takes more than its cap, never less than it holds, gives every body back whole or not at all, and ends at 0', () => {
  const step = fc.record({ at: fc.nat(4), bytes: fc.nat(40), what: fc.constantFrom('add', 'add', 'add', 'free') })
  const seen = new Set<string>()
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const memory = replayMemory(100)
      const bodies = Array.from({ length: 5 }, () => ({ body: memory.open(60), came: Buffer.alloc(0), isFreed: false }))
      for (const [index, { at, bytes, what }] of steps.entries()) {
        const one = bodies[at]
        if (one === undefined) continue
        const piece = Buffer.alloc(bytes, index)
        if (what === 'free') {
          one.body.free()
          one.isFreed = true
        } else {
          one.body.add(piece)
          one.came = Buffer.concat([one.came, piece])
        }
        for (const { body, came, isFreed } of bodies) {
          const isKept = body.notKept === undefined && !isFreed
          expect(Buffer.concat(body.pieces)).toEqual(isKept ? came : Buffer.alloc(0))
          if (isKept) expect(came.length).toBeLessThanOrEqual(60)
          if (body.notKept === 'too_large') expect(came.length).toBeGreaterThan(60)
          seen.add(body.notKept ?? 'kept')
        }
        const held = bodies.flatMap(({ body }) => body.pieces).reduce((sum, { length }) => sum + length, 0)
        expect(memory.bytes).toBeGreaterThanOrEqual(held)
        expect(memory.bytes).toBeLessThanOrEqual(Math.min(100, 2 * held))
      }
      for (const { body } of bodies) body.free()
      expect(memory.bytes).toBe(0)
    }),
    { seed: 6, numRuns: 500 },
  )
  expect(seen).toEqual(new Set(['kept', 'too_large', 'no_memory']))
})
