/**
 * Clients with one request under way each, on connections that are kept, that count every request which
 * was sent and not answered. A client ends in peace when it is told that an answer was the last one, or
 * finds nobody to connect to.
 */
import { connect } from 'node:net'

export interface SteadyLoad {
  /** Requests that were answered with 200 so far. */
  answered(): number
  /** What went wrong so far: a request without a whole answer, or with another status. */
  readonly failures: string[]
  /** Resolves when every client has ended in peace, or failed. */
  readonly ended: Promise<void>
  /** Lets each client finish the request it is at. */
  stop(): void
}

const request = 'GET /v1/stock/lamp HTTP/1.1\r\nHost: inventory\r\n\r\n'

export function steadyLoad({ port, clients }: { port: number; clients: number }): SteadyLoad {
  const failures: string[] = []
  let answered = 0
  let isOver = false

  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      let received = ''
      let isWaiting = false
      const send = (): void => {
        isWaiting = true
        socket.write(request)
      }
      socket.on('connect', send)
      socket.on('error', (error: NodeJS.ErrnoException) => {
        if (isWaiting) failures.push(`${error.code} before the answer`)
      })
      socket.on('close', (hadError) => {
        if (isWaiting && !hadError) failures.push('closed before the answer')
        resolve()
      })
      socket.on('data', (data: Buffer) => {
        received += data.toString('latin1')
        const head = /^HTTP\/1\.1 (\d{3})[\s\S]*?\r\n\r\n/.exec(received)
        const length = Number(/\r\ncontent-length: (\d+)/i.exec(head?.[0] ?? '')?.[1] ?? 0)
        if (head === null || received.length < head[0].length + length) return
        isWaiting = false
        if (head[1] === '200') answered += 1
        else failures.push(`status ${head[1]}`)
        const isLast = /\r\nconnection: close\r\n/i.test(head[0])
        received = ''
        if (isOver || isLast) socket.end()
        else send()
      })
    })

  const ended = Promise.all(Array.from({ length: clients }, one)).then(() => undefined)
  return {
    answered: () => answered,
    failures,
    ended,
    stop: () => {
      isOver = true
    },
  }
}
