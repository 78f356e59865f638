import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChunkedBody } from './chunked-body.ts'

const limits = { headBytesMax: 128, headersMax: 3, targetBytesMax: 64 }

/** Feeds the pieces one after another. @returns the data, whether it was whole, why it was refused, and the bytes left over */
function readAll(pieces: readonly string[]): {
  data: string
  isDone: boolean
  status: number | undefined
  rest: string
} {
  const body = new ChunkedBody(limits)
  let data = ''
  let rest = ''
  for (const piece of pieces) {
    const bytes = Buffer.from(piece, 'latin1')
    const end = body.read(bytes, 0, (part) => {
      data += part.toString('latin1')
    })
    rest += bytes.toString('latin1', end)
  }
  return { data, isDone: body.isDone, status: body.refusal?.status, rest }
}

describe('reads', () => {
  it.each([
    { what: 'one chunk', text: '5\r\nhello\r\n0\r\n\r\n', data: 'hello' },
    { what: 'several chunks', text: '5\r\nhello\r\n1\r\n,\r\n6\r\n world\r\n0\r\n\r\n', data: 'hello, world' },
    { what: 'an empty body', text: '0\r\n\r\n', data: '' },
    {
      what: 'sizes in either case with leading zeros',
      text: '00A\r\n0123456789\r\n00a\r\n0123456789\r\n000\r\n\r\n',
      data: '01234567890123456789',
    },
    { what: 'data that looks like framing', text: '7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n', data: '\r\n0\r\n\r\n' },
    { what: 'extensions, and drops them', text: '2;a;b=c;d="e; f"\r\nhi\r\n0;x\r\n\r\n', data: 'hi' },
    { what: 'trailers, and keeps them for the end', text: '2\r\nhi\r\n0\r\nx-sum: 1\r\nx-b: 2\r\n\r\n', data: 'hi' },
  ])('$what', ({ text, data }) => {
    expect(readAll([text])).toEqual({ data, isDone: true, status: undefined, rest: '' })
  })

  it('leaves what follows the body', () => {
    expect(readAll(['2\r\nhi\r\n0\r\n\r\nGET / HTTP/1.1'])).toMatchObject({ isDone: true, rest: 'GET / HTTP/1.1' })
  })
})

describe('refuses', () => {
  it.each([
    { what: 'a size with 0x', text: '0x5\r\nhello\r\n0\r\n\r\n', status: 400 },
    { what: 'a size with an underscore', text: '1_0\r\n', status: 400 },
    { what: 'a signed size', text: '+5\r\nhello\r\n0\r\n\r\n', status: 400 },
    { what: 'a negative size', text: '-5\r\n', status: 400 },
    { what: 'an empty size', text: '\r\nhello\r\n', status: 400 },
    { what: 'a size that is only an extension', text: ';a=b\r\n', status: 400 },
    { what: 'a space before the size', text: ' 5\r\nhello\r\n', status: 400 },
    { what: 'a space after the size', text: '5 \r\nhello\r\n', status: 400 },
    { what: 'a tab after the size', text: '5\t\r\nhello\r\n', status: 400 },
    { what: 'a size that ends in LF alone', text: '5\nhello\r\n0\r\n\r\n', status: 400 },
    { what: 'CR in an extension', text: '5;a\rb\r\nhello\r\n', status: 400 },
    { what: 'NUL in an extension', text: '5;a=\0\r\nhello\r\n', status: 400 },
    { what: 'LF in a quoted extension', text: '5;a="\n"\r\nhello\r\n', status: 400 },
    { what: 'an extension without a name', text: '5;\r\nhello\r\n', status: 400 },
    { what: 'a very long extension', text: `5;a=${'b'.repeat(300)}\r\nhello\r\n`, status: 400 },
    { what: 'data longer than its size', text: '5\r\nhello!\r\n0\r\n\r\n', status: 400 },
    { what: 'data shorter than its size', text: '6\r\nhello\r\n0\r\n\r\n', status: 400 },
    { what: 'data that ends in LF alone', text: '5\r\nhello\n0\r\n\r\n', status: 400 },
    { what: 'data that ends in CR alone', text: '5\r\nhello\r0\r\n\r\n', status: 400 },
    { what: 'a size beyond 2^64', text: '10000000000000005\r\nhello\r\n', status: 413 },
    { what: 'a trailer with a length', text: '0\r\nContent-Length: 5\r\n\r\n', status: 400 },
    { what: 'a trailer with a coding', text: '0\r\ntransfer-encoding: chunked\r\n\r\n', status: 400 },
    { what: 'a trailer with a Host', text: '0\r\nHost: a\r\n\r\n', status: 400 },
    { what: 'a trailer that is folded', text: '0\r\na: 1\r\n 2\r\n\r\n', status: 400 },
    { what: 'a trailer that ends in LF alone', text: '0\r\na: 1\n\r\n', status: 400 },
    { what: 'an empty line that is LF alone', text: '0\r\n\n', status: 400 },
    { what: 'too many trailers', text: '0\r\na: 1\r\nb: 1\r\nc: 1\r\nd: 1\r\n\r\n', status: 431 },
    { what: 'too large a trailer', text: `0\r\na: ${'b'.repeat(200)}\r\n\r\n`, status: 431 },
  ])('$what: $status', ({ text, status }) => {
    expect(readAll([text])).toMatchObject({ status })
  })
})

it('gives the same result however the bytes are cut into reads', () => {
  const chunk = fc.tuple(fc.string({ minLength: 1, maxLength: 20 }), fc.constantFrom('', ';a', ';a=b', ';a="b c"'))
  const broken = fc.constantFrom('', 'x', '\n', '\r\n', '5\r\n', ';')
  fc.assert(
    fc.property(
      fc.array(chunk, { maxLength: 4 }),
      broken,
      fc.array(fc.nat(200), { maxLength: 8 }),
      (chunks, end, cuts) => {
        const body = chunks.map(([data, extension]) => {
          const bytes = Buffer.from(data).toString('latin1')
          return `${bytes.length.toString(16)}${extension}\r\n${bytes}\r\n`
        })
        const text = `${body.join('')}${end}0\r\nx: 1\r\n\r\nrest`
        const whole = readAll([text])
        const places = [0, ...cuts.map((cut) => cut % text.length).toSorted((a, b) => a - b), text.length]
        const pieces = places.slice(1).map((place, index) => text.slice(places[index], place))
        const cut = readAll(pieces)
        expect({ ...cut, rest: whole.isDone ? cut.rest : '' }).toEqual({
          ...whole,
          rest: whole.isDone ? whole.rest : '',
        })
      },
    ),
    { seed: 1, numRuns: 500 },
  )
})
