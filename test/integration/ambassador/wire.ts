/** A socket on which a test says every byte itself, for what an HTTP client would hide. */
import { connect, type Socket } from 'node:net'

export interface Wire extends Disposable {
  readonly socket: Socket
  send(bytes: string): void
  /** Everything that has arrived, as latin1. */
  received(): string
  /** Resolves with what has arrived once it matches. @throws when the connection ends before that */
  until(pattern: RegExp): Promise<string>
  /** Resolves with everything that arrived when the other side has ended the connection, by FIN or by a reset. */
  readonly ended: Promise<string>
}

export function wire(port: number, host = '127.0.0.1'): Wire {
  const socket = connect({ port, host, noDelay: true })
  return wireOn(socket)
}

/** @param socket that is connecting, or connected */
export function wireOn(socket: Socket): Wire {
  let text = ''
  let hasEnded = false
  const waiting = new Set<() => void>()
  const wake = (): void => {
    for (const each of waiting) each()
  }
  socket.on('data', (data) => {
    text += data.toString('latin1')
    wake()
  })
  // A reset is one of the ends that tests ask for: `ended` tells of both.
  socket.on('error', () => undefined)
  const ended = new Promise<string>((resolve) => {
    socket.on('close', () => {
      hasEnded = true
      wake()
      resolve(text)
    })
  })
  return {
    socket,
    ended,
    send: (bytes) => void socket.write(bytes, 'latin1'),
    received: () => text,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(text)) resolve(text)
          else if (hasEnded) reject(new Error(`the connection ended without ${pattern}, after ${JSON.stringify(text)}`))
          else return
          waiting.delete(look)
        }
        waiting.add(look)
        look()
      }),
    [Symbol.dispose]: () => void socket.destroy(),
  }
}
