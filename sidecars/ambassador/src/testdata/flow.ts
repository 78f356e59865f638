/** Much data on sockets, for tests of back-pressure. */
import type { Socket } from 'node:net'

/** Writes so many bytes, as fast as the socket takes them. @returns how many were given to it so far */
export function pour(bytes: number, socket: Socket): { bytes: number } {
  const sent = { bytes: 0 }
  const block = Buffer.alloc(64 * 1024, 'x')
  const send = (): void => {
    while (sent.bytes < bytes) {
      sent.bytes += block.length
      if (!socket.write(block)) return
    }
  }
  socket.on('drain', send)
  send()
  return sent
}

/** Reads until there are more than so many bytes. */
export function count(socket: Socket, bytes: number): Promise<number> {
  let received = 0
  return new Promise((resolve) => {
    socket.on('data', (data: Buffer) => {
      received += data.length
      if (received > bytes) resolve(received)
    })
    socket.resume()
  })
}

/** Resolves when a count stands still over many turns of the event loop. */
export async function stalled(current: () => number): Promise<void> {
  let last = -1
  for (let still = 0; still < 1000; still += 1) {
    await new Promise((resolve) => setImmediate(resolve))
    if (current() !== last) still = 0
    last = current()
  }
}
