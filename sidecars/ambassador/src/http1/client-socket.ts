/**
 * The socket of an accepted connection that reads into a buffer shared by all.
 *
 * Hot: a buffer made for each read, and the events that carry it, cost 2 us of the 31 us of a request
 * (test/bench/ambassador). Node lets only sockets that are made by hand do without (`onread`), not those of
 * `net.Server`: so the connection is taken out of its socket and put into one that is.
 * Safe: `_handle` and `handle` are in no documentation of Node; they are how `net.Server` makes its own sockets, and
 * without them no test of this room could read a byte.
 */
import { Socket, type SocketConstructorOpts } from 'node:net'

/** As far as Node tells of it. */
type Handle = NonNullable<SocketConstructorOpts['handle']>

/**
 * @param accepted by a server with `pauseOnConnect`, just now; it is of no more use
 * @param readBuffer the most that is read at once
 * @param onRead its bytes are those of `readBuffer`: what is kept must be copied
 */
export function clientSocket(accepted: Socket, readBuffer: Buffer, onRead: (bytes: Buffer) => void): Socket {
  const owner = accepted as unknown as { _handle: Handle | null }
  const handle = owner._handle as Handle
  owner._handle = null
  // Its server counts it as closed: from here on only the listener knows of the connection.
  accepted.destroy()
  const callback = (length: number): true => {
    onRead(readBuffer.subarray(0, length))
    return true
  }
  return new Socket({ handle, allowHalfOpen: true, onread: { buffer: readBuffer, callback } })
}
