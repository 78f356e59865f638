/**
 * Asks an admin server, in a hundred lines over a raw socket: an exec'd process lives in the memory limit of
 * the container that it asks about, and `node:http` alone would cost it 6.7 MB. It speaks as much HTTP/1.1 as
 * our own admin server does: one request, one answer with a length, then the end of the connection.
 */
import { connect } from 'node:net'
import type { Clock } from '../world/clock.ts'

export interface AdminQuestion {
  readonly host: string
  readonly port: number
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
}

export type AdminReply =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  /** Nobody there, no answer in time, or no admin server: `reason` is a clause such as `nothing listens`. */
  | { readonly kind: 'unreached'; readonly reason: string }

/** The whole conversation may take this long; a probe of the kubelet has 1 s by default, a person waits a little longer. */
const answerTimeoutMs = 3000

/** `/metrics` is the largest answer; what is larger than this is no admin server. */
const answerBytesMax = 4 * 1024 * 1024

/** Never rejects. */
export function askAdmin(question: AdminQuestion, clock: Clock): Promise<AdminReply> {
  return new Promise((resolve) => {
    const socket = connect({ host: question.host, port: question.port })
    const chunks: Buffer[] = []
    let bytes = 0
    const settle = (reply: AdminReply): void => {
      cancel()
      socket.destroy()
      resolve(reply)
    }
    const cancel = clock.after(answerTimeoutMs, () => {
      settle({ kind: 'unreached', reason: `it did not answer within ${answerTimeoutMs / 1000} s` })
    })
    socket.on('connect', () => socket.write(requestOf(question)))
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > answerBytesMax) settle({ kind: 'unreached', reason: 'its answer has no end' })
    })
    socket.on('error', (error) => settle({ kind: 'unreached', reason: reasonOf(error) }))
    socket.on('end', () => settle(readAnswer(Buffer.concat(chunks))))
  })
}

function requestOf({ host, port, method, path, body = '' }: AdminQuestion): string {
  const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  return [
    `${method} ${path} HTTP/1.1`,
    `host: ${authority}`,
    'connection: close',
    'podmates: 1',
    ...(method === 'POST' ? [`content-length: ${Buffer.byteLength(body)}`] : []),
    '',
    body,
  ].join('\r\n')
}

const headEnd = '\r\n\r\n'

function readAnswer(bytes: Buffer): AdminReply {
  const end = bytes.indexOf(headEnd)
  const head = bytes.toString('latin1', 0, Math.max(end, 0))
  const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]
  const length = /^content-length: *(\d+)$/im.exec(head)?.[1]
  if (status === undefined || length === undefined)
    return { kind: 'unreached', reason: 'what answers is no admin server' }
  const body = bytes.subarray(end + headEnd.length)
  if (body.length !== Number(length)) return { kind: 'unreached', reason: 'its answer was cut short' }
  return { kind: 'answered', status: Number(status), body: body.toString('utf8') }
}

function reasonOf(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'nothing listens there'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host is not known'
    default:
      return error.message
  }
}
