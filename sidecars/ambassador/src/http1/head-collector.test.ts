import { describe, expect, it } from 'vitest'
import { HeadCollector } from './head-collector.ts'

const head = 'GET /items HTTP/1.1\r\nHost: a\r\nx: 1\r\n\r\n'

/** Gives the pieces one after another until there is a head or a refusal. */
function takeFrom(pieces: readonly string[], headBytesMax = 1000) {
  const collector = new HeadCollector(headBytesMax)
  for (const [index, piece] of pieces.entries()) {
    const taken = collector.take(Buffer.from(piece, 'latin1'), 0)
    if (taken !== undefined) return { taken, rest: piece.slice(collector.end) + pieces.slice(index + 1).join('') }
  }
  return { taken: undefined, rest: '' }
}

it('cuts the head out of one read and says where it ended', () => {
  expect(takeFrom([`${head}body`])).toEqual({ taken: head, rest: 'body' })
})

it('begins where it is told to', () => {
  const collector = new HeadCollector(1000)
  expect(collector.take(Buffer.from(`body${head}more`), 4)).toBe(head)
  expect(collector.end).toBe(4 + head.length)
})

it.each(Array.from({ length: head.length + 2 }, (_, cut) => cut + 1))(
  'finds the same head when it is cut after %i bytes',
  (cut) => {
    const text = `${head}body`
    expect(takeFrom([text.slice(0, cut), text.slice(cut)])).toEqual({ taken: head, rest: 'body' })
  },
)

it('finds the head when it comes byte by byte', () => {
  expect(takeFrom([...head]).taken).toBe(head)
})

it('finds a second head after one that came in pieces', () => {
  const collector = new HeadCollector(1000)
  expect(collector.take(Buffer.from(head.slice(0, 10)), 0)).toBeUndefined()
  expect(collector.isPartial).toBe(true)
  expect(collector.take(Buffer.from(head.slice(10)), 0)).toBe(head)
  expect(collector.isPartial).toBe(false)
  expect(collector.take(Buffer.from(head), 0)).toBe(head)
})

it('keeps what it was given, not the memory it was given in', () => {
  const collector = new HeadCollector(1000)
  const reused = Buffer.from(head.slice(0, 10))
  collector.take(reused, 0)
  reused.fill(0)
  expect(collector.take(Buffer.from(head.slice(10)), 0)).toBe(head)
})

describe('refuses a head larger than it may be', () => {
  const large = `GET / HTTP/1.1\r\nx: ${'a'.repeat(100)}\r\n\r\n`

  it.each([{ pieces: [large] }, { pieces: [large.slice(0, 90), large.slice(90)] }, { pieces: [...large] }])(
    'with 431, in $pieces.length pieces',
    ({ pieces }) => {
      expect(takeFrom(pieces, 100).taken).toMatchObject({ ok: false, status: 431 })
    },
  )

  it('with 414 when not even its first line fits', () => {
    expect(takeFrom([`GET /${'a'.repeat(200)}`], 100).taken).toMatchObject({ ok: false, status: 414 })
  })

  it('but not one that fits to the byte', () => {
    expect(takeFrom([head], head.length).taken).toBe(head)
    expect(takeFrom([...head], head.length).taken).toBe(head)
  })
})

it('refuses lines that end in LF alone at once, for their head would never end', () => {
  expect(takeFrom(['GET / HTTP/1.1\nHost: a\n\n']).taken).toMatchObject({ ok: false, status: 400 })
  expect(takeFrom(['GET / HTTP/1.1\r', '\nHost: a\n']).taken).toMatchObject({ ok: false, status: 400 })
})
