/** One conversation over a TCP connection, byte by byte: for what an HTTP client would hide or mend. */
import { connect } from 'node:net'

export interface RawPeer {
  readonly port: number
  /** Default 127.0.0.1. */
  readonly host?: string
}

/** Sends the bytes and resolves with all that came back when the other side has closed. A reset counts as a close. */
export function exchange({ port, host = '127.0.0.1' }: RawPeer, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect({ port, host })
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      answer += text
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer))
    socket.write(bytes, 'latin1')
  })
}
