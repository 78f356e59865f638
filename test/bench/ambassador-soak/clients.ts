/** Clients of all kinds, patient and rude; each keeps account of every request that it has made. */
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { integerBelow, type Random } from '@podmates/shared/world/random.ts'
import { type Account, saw } from './accounts.ts'

export interface Target {
  readonly port: number
  readonly account: Account
}

/** One kind of client: it makes one request, and is made again as long as the soak lasts. */
export type Client = (target: Target, random: Random) => Promise<void>

const host = '127.0.0.1'
const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** Reads its answer to the end, however it ends. */
const polite =
  (method: string, path: string, bodyBytes = 0): Client =>
  ({ port, account }) =>
    new Promise((resolve) => {
      const sent = request({ host, port, method, path, agent })
      settleWith(sent, account, `${method} ${path}`, resolve, (answer) => seeWhole(answer, account))
      sent.end(bodyBytes === 0 ? undefined : Buffer.alloc(bodyBytes, 'x'))
    })

/** Leaves in the middle of an answer that is too long for the buffers of the kernel. */
const impatient: Client = ({ port, account }) =>
  new Promise((resolve) => {
    const sent = request({ host, port, path: '/v1/bytes?size=67108864', agent: false })
    const abandon = (answer: IncomingMessage): void => {
      account.left += 1
      answer.once('data', () => answer.destroy())
    }
    settleWith(sent, account, 'a long answer', resolve, abandon)
    sent.end()
  })

/** @param read takes the body of a good answer; others are read to their end */
function settleWith(
  sent: ClientRequest,
  account: Account,
  what: string,
  resolve: () => void,
  read: (answer: IncomingMessage) => void,
): void {
  let isAnswered = false
  sent.on('response', (answer) => {
    isAnswered = true
    answer.on('error', () => undefined)
    if (answer.statusCode === 200) read(answer)
    else seeWhole(answer, account)
  })
  sent.on('error', (error: NodeJS.ErrnoException) => {
    if (!isAnswered) account.unanswered.push(`${what}: ${error.code ?? error.message}`)
  })
  sent.on('close', resolve)
}

function seeWhole(answer: IncomingMessage, account: Account): void {
  saw(account, answer.statusCode ?? 0)
  answer.on('close', () => {
    if (!answer.complete) account.broken += 1
  })
  answer.resume()
}

/** Sends a whole request and leaves before its answer, with FIN: a reset could overtake its own request. */
const fickle: Client = ({ port, account }) =>
  new Promise((resolve) => {
    const socket = connect(port, host)
    account.left += 1
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
    socket.resume()
    socket.end('GET /v1/stock/fickle HTTP/1.1\r\nHost: soak\r\n\r\n')
  })

/** Sends three requests at once and reads three answers. */
const pipelining: Client = ({ port, account }) =>
  new Promise((resolve) => {
    const socket = connect(port, host)
    let received = ''
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      received += data.toString('latin1')
    })
    socket.on('close', () => {
      const statuses = [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
      for (const status of statuses) saw(account, status)
      if (statuses.length !== 3) account.unanswered.push(`three at once: ${statuses.length} answers`)
      resolve()
    })
    const one = 'GET /v1/bytes?size=100 HTTP/1.1\r\nHost: soak\r\n'
    socket.write(`${one}\r\n${one}\r\n${one}Connection: close\r\n\r\n`)
  })

/** Sends what must be refused, and counts the refusal. */
const hostile: Client = ({ port, account }, random) =>
  new Promise((resolve) => {
    const bytes = refused[integerBelow(random, refused.length)] ?? ''
    const socket = connect(port, host)
    let received = ''
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      received += data.toString('latin1')
    })
    socket.on('close', () => {
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1])
      if (Number.isNaN(status)) account.unanswered.push(JSON.stringify(bytes.slice(0, 60)))
      else saw(account, status)
      resolve()
    })
    socket.write(bytes, 'latin1')
  })

/** Each is one request that no ambassador may pass on. */
const refused: readonly string[] = [
  'GET / HTTP/1.1\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  'GET /../etc HTTP/1.1\r\nHost: a\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello',
  'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  'GET / HTTP/1.1\r\nHost : a\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n folded\r\n\r\n',
  'GET / HTTP/1.1\nHost: a\n\n',
  'GET / HTTP/9.9\r\nHost: a\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS it is not\r\n\r\n',
  `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  `GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(200)}\r\n`,
  `GET / HTTP/1.1\r\nHost: a\r\nX: ${'y'.repeat(100_000)}\r\n\r\n`,
]

/** How often each kind comes among a hundred requests. */
const kinds: readonly (readonly [weight: number, client: Client])[] = [
  [50, polite('GET', '/v1/stock/lamp')],
  [12, polite('POST', '/v1/reservations?sku=lamp&quantity=1', 700)],
  [8, polite('PUT', '/v1/request', 40_000)],
  [4, polite('POST', '/v1/uploads', 300_000)],
  [4, polite('GET', '/v1/bytes?size=300000')],
  [3, polite('GET', '/v1/events?count=3&every=5ms')],
  [3, polite('GET', '/elsewhere')],
  [4, pipelining],
  [2, impatient],
  [4, fickle],
  [8, hostile],
]

export function anyClient(random: Random): Client {
  const all = kinds.reduce((sum, [weight]) => sum + weight, 0)
  let thrown = random.next() * all
  for (const [weight, client] of kinds) {
    thrown -= weight
    if (thrown < 0) return client
  }
  return hostile
}

/** Lets go of the connections that polite clients keep. */
export const closeConnections = (): void => agent.destroy()
