import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { goingAway, WebSocketFrames } from './websocket-frames.ts'

/** @param opcode 0 to 15 */
function frame(opcode: number, payload: Buffer, { mask = false, last = true } = {}): Buffer {
  const first = (last ? 128 : 0) | opcode
  const masked = mask ? 128 : 0
  const length = payload.length
  const head =
    length < 126
      ? Buffer.from([first, masked | length])
      : length < 65_536
        ? Buffer.from([first, masked | 126, length >> 8, length & 255])
        : Buffer.from([first, masked | 127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255])
  return Buffer.concat([head, mask ? Buffer.from([1, 2, 3, 4]) : Buffer.alloc(0), payload])
}

const mayFollow = (...pieces: Buffer[]): boolean => {
  const frames = new WebSocketFrames()
  for (const piece of pieces) frames.add(piece)
  return frames.mayFollow
}

const frames = fc.array(
  fc.record({
    opcode: fc.constantFrom(0, 1, 2, 9, 10),
    length: fc.oneof(fc.nat(300), fc.constantFrom(125, 126, 127, 65_535, 65_536)),
    mask: fc.boolean(),
    last: fc.boolean(),
  }),
  { minLength: 1, maxLength: 5 },
)

it('knows the end of every frame, and that no other place is one, however the bytes are cut', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.nat(), { maxLength: 4 }), fc.nat(), (list, cuts, end) => {
      const whole = list.map(({ opcode, length, ...how }) => frame(opcode, Buffer.alloc(length, 0x88), how))
      const ends = new Set<number>([0])
      let sum = 0
      for (const { length } of whole) {
        sum += length
        ends.add(sum)
      }
      const bytes = Buffer.concat(whole).subarray(0, end % (sum + 1))
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
      const pieces = places.slice(1).map((to, index) => bytes.subarray(places[index], to))
      expect(mayFollow(...pieces)).toBe(ends.has(bytes.length))
    }),
    { numRuns: 500 },
  )
})

describe('a frame of our own may follow', () => {
  it.each([
    { what: 'at the begin', bytes: Buffer.alloc(0), may: true },
    { what: 'after a fragment', bytes: frame(1, Buffer.from('a'), { last: false }), may: true },
    { what: 'after a close frame', bytes: frame(8, Buffer.from([3, 232])), may: false },
    { what: 'after ours', bytes: goingAway, may: false },
    { what: 'in a head', bytes: Buffer.from([0x81]), may: false },
    { what: 'in a length', bytes: Buffer.from([0x81, 126, 0]), may: false },
    { what: 'in a payload', bytes: Buffer.from([0x81, 2, 0x61]), may: false },
    { what: 'after a length that nobody can send', bytes: Buffer.from([0x82, 127, ...Array(8).fill(255)]), may: false },
  ])('$what: $may', ({ bytes, may }) => {
    expect(mayFollow(bytes)).toBe(may)
  })
})
