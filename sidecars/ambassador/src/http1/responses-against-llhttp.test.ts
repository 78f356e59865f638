/**
 * Holds our reading of responses against Node's own parser, llhttp: a response that ours passes on whole,
 * llhttp reads with the same status and body. A difference would be an answer whose end the ambassador
 * and its client see in two places.
 */
import { request } from 'node:http'
import { Duplex } from 'node:stream'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bodyReader } from './body-reader.ts'
import { HeadCollector } from './head-collector.ts'
import { readResponseHead } from './response-head.ts'

const limits = { headBytesMax: 16_000, headersMax: 100, targetBytesMax: 8000 }

interface Answer {
  readonly status: number
  readonly body: string
}

/** @returns with where it ended; undefined for what we would not pass on whole: refused, or cut off */
function readByUs(text: string): { answer: Answer; end: number } | undefined {
  const bytes = Buffer.from(text, 'latin1')
  const heads = new HeadCollector(limits.headBytesMax)
  let at = 0
  while (at < bytes.length) {
    const taken = heads.take(bytes, at)
    if (typeof taken !== 'string') return undefined
    const head = readResponseHead(taken, 'other', limits)
    if (!head.ok || head.status === 101) return undefined
    at = heads.end
    if (head.status < 200) continue
    if (head.framing.kind === 'none') return { answer: { status: head.status, body: '' }, end: at }
    const reader = bodyReader(head.framing, limits)
    let body = ''
    const end = reader.read(bytes, at, (piece) => {
      body += piece.toString('latin1')
    })
    const isWhole = reader.isDone || head.framing.kind === 'until-close'
    return isWhole ? { answer: { status: head.status, body }, end } : undefined
  }
  return undefined
}

function readByLlhttp(text: string): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() })
    const asked = request({ createConnection: () => socket, headers: { host: 'a' } })
    asked.on('error', () => resolve(undefined))
    asked.on('response', (response) => {
      let body = ''
      response.setEncoding('latin1')
      response.on('data', (piece: string) => {
        body += piece
      })
      response.on('error', () => resolve(undefined))
      response.on('close', () => resolve(response.complete ? { status: response.statusCode ?? 0, body } : undefined))
    })
    asked.end()
    socket.push(Buffer.from(text, 'latin1'))
    socket.push(null)
  })
}

const statusLine = fc.constantFrom(
  ...['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK', 'HTTP/1.1 204 No Content', 'HTTP/1.1 304 Not Modified', 'HTTP/1.0 200 OK'],
  ...[
    'HTTP/1.1 200',
    'HTTP/1.1 99 Odd',
    'HTTP/2.0 200 OK',
    'HTTP/1.1 200 \x01',
    'HTTP/1.1 500 \xe4',
    'http/1.1 200 OK',
  ],
)
const lineEnd = fc.oneof(
  { weight: 9, arbitrary: fc.constant('\r\n') },
  { weight: 1, arbitrary: fc.constantFrom('\n', '\r\r\n') },
)
const name = fc.constantFrom(
  'Content-Length',
  'content-length',
  'Transfer-Encoding',
  'Connection',
  'X-A',
  'Content_Length',
  ' x',
)
const separator = fc.constantFrom(': ', ': ', ':', ' : ', ':\t')
const value = fc.constantFrom(
  '3',
  '5',
  '0',
  '05',
  '+5',
  '3, 3',
  '',
  'chunked',
  'gzip, chunked',
  'close',
  'keep-alive',
  '3\xa0',
  '\x00',
)
const field = fc.tuple(name, separator, value, lineEnd).map((parts) => parts.join(''))
const framing = fc.constantFrom('', 'Content-Length: 3\r\n', 'Content-Length: 0\r\n', 'Transfer-Encoding: chunked\r\n')
const body = fc.constantFrom(
  '',
  'abc',
  '3\r\nabc\r\n0\r\n\r\n',
  '3;x=y\r\nabc\r\n0\r\nt: 1\r\n\r\n',
  '3 \r\nabc\r\n0\r\n\r\n',
  '0\r\n\r\n',
)
const interim = fc.constantFrom(
  '',
  '',
  '',
  'HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
)
const arbitraryResponse = fc
  .tuple(interim, statusLine, lineEnd, framing, fc.array(field, { maxLength: 2 }), lineEnd, body)
  .map(
    ([before, line, end, frame, fields, last, rest]) =>
      `${before}${line}${end}${frame}${fields.join('')}${last}${rest}`,
  )

it('passes on nothing that llhttp reads differently', { timeout: 600_000 }, async () => {
  let whole = 0
  await fc.assert(
    fc.asyncProperty(arbitraryResponse, async (text) => {
      const ours = readByUs(text)
      if (ours === undefined) return
      whole += 1
      // What follows the answer costs the connection, but is not part of it.
      expect(await readByLlhttp(text.slice(0, ours.end)), JSON.stringify(text)).toEqual(ours.answer)
    }),
    { seed: 20_260_801, numRuns: Number(process.env.FUZZ_RUNS ?? 5000) },
  )
  expect(whole).toBeGreaterThan(500)
})
