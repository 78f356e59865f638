/**
 * Holds our codec against Node's own parser, llhttp: what ours accepts, llhttp accepts with the same
 * method, target, body and trailers, however the bytes are cut into reads. The other way round need not
 * hold, ours is stricter. A difference would be a request that the ambassador and a server behind it read
 * in two ways.
 *
 * Longer on demand: FUZZ_RUNS=200000 vitest run --project unit against-llhttp
 */
import { createServer, type IncomingMessage, METHODS, type ServerResponse } from 'node:http'
import { Duplex } from 'node:stream'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { arbitraryRequests } from '../testdata/arbitrary-requests.ts'
import { type Message, readRequests } from '../testdata/read-requests.ts'
import { readTrailers } from './trailer-fields.ts'

const limits = { headBytesMax: 16_000, headersMax: 100, targetBytesMax: 8000 }

it('accepts nothing that llhttp refuses, and reads the same out of it', { timeout: 600_000 }, async () => {
  let accepted = 0
  await fc.assert(
    fc.asyncProperty(arbitraryRequests, fc.array(fc.nat(), { maxLength: 4 }), async (text, cuts) => {
      const { messages, end } = readRequests(cut(text, cuts), limits)
      // A method that llhttp does not know is a method to us: RFC 9110, 9.1 leaves the list open.
      const unknown = messages.findIndex(({ method }) => !METHODS.includes(method))
      const comparable = unknown < 0 ? messages : messages.slice(0, unknown)
      const theirs = await readByLlhttp(text)
      accepted += comparable.length
      expect(theirs.slice(0, comparable.length), JSON.stringify(text)).toEqual(comparable.map(plainly))
      if (end === 'waiting' && unknown < 0) expect(theirs, JSON.stringify(text)).toHaveLength(comparable.length)
    }),
    { seed: 20_260_801, numRuns: Number(process.env.FUZZ_RUNS ?? 10_000) },
  )
  expect(accepted).toBeGreaterThan(3000)
})

/** llhttp takes the blanks from around values; we pass them on. */
function plainly(message: Message): Message {
  return { ...message, trailers: message.trailers.replaceAll(/:[ \t]*(.*?)[ \t]*\r\n/g, ': $1\r\n') }
}

/** The same bytes as several reads. */
function cut(text: string, cuts: readonly number[]): string[] {
  const places = [0, ...cuts.map((place) => place % (text.length + 1)).toSorted((a, b) => a - b), text.length]
  return places.slice(1).map((place, index) => text.slice(places[index], place))
}

/** What llhttp read after the last chunk, and of that what we pass on. */
function trailersOf(request: IncomingMessage): string {
  const { rawTrailers } = request
  const lines = rawTrailers.flatMap((name, index) =>
    index % 2 === 0 ? [`${name}: ${rawTrailers[index + 1]}\r\n`] : [],
  )
  return String(readTrailers(`${lines.join('')}\r\n`, limits))
}

/** Gives the bytes to a server of node:http, over a connection in memory. */
function readByLlhttp(text: string): Promise<Message[]> {
  const messages: Message[] = []
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 })
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    let body = ''
    request.setEncoding('latin1')
    request.on('data', (piece: string) => {
      body += piece
    })
    request.on('end', () => {
      messages.push({ method: request.method ?? '', target: request.url ?? '', body, trailers: trailersOf(request) })
      response.end()
    })
  }
  server.on('request', onRequest)
  server.on('checkContinue', onRequest)
  server.on('checkExpectation', onRequest)
  return new Promise((resolve) => {
    const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() })
    // Bodies are handed over a turn later than the parser has read them.
    const finish = (): void => void setImmediate(() => setImmediate(() => resolve(messages)))
    server.on('clientError', finish)
    socket.on('end', finish)
    socket.on('close', finish)
    server.emit('connection', socket)
    socket.push(Buffer.from(text, 'latin1'))
    socket.push(null)
  })
}
