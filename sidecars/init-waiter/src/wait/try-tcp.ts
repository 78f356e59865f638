/** A TCP target is ready when it accepts a connection. The connection is closed at once; nothing is sent. */
import { connect } from 'node:net'
import type { Attempt, Network } from './attempt.ts'
import { connectFailure } from './connect-failure.ts'

/** Connects to the addresses of the host in turn, the next one 250 ms after the last (Happy Eyeballs, RFC 8305). */
export function tryTcp(
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
  { lookup }: Network,
): Promise<Attempt> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, lookup, autoSelectFamily: true, signal })
    socket.once('connect', () => {
      socket.destroy()
      resolve({ outcome: 'ready' })
    })
    socket.on('error', (error) => {
      resolve({ outcome: 'not ready', reason: connectFailure(signal.aborted ? signal.reason : error) })
    })
  })
}
