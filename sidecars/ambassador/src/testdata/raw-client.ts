/** A client that sends exactly the bytes that a test names and shows exactly the bytes that come back. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface RawClient extends AsyncDisposable {
  readonly socket: Socket
  write(latin1: string): void
  /** Resolves when what has come so far matches. @returns all of it, as latin1 */
  until(pattern: RegExp): Promise<string>
  received(): string
  /** Resolves when the connection is closed, with how it ended. */
  readonly closed: Promise<'closed' | 'reset'>
}

export async function openRawClient(port: number): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  await once(socket, 'connect')
  let received = ''
  let onData: (() => void)[] = []
  let wasReset = false
  const wake = (): void => {
    for (const resolve of onData.splice(0)) resolve()
  }
  socket.on('data', (data: Buffer) => {
    received += data.toString('latin1')
    wake()
  })
  socket.on('error', () => {
    wasReset = true
  })
  socket.on('end', () => socket.end())
  const closed = new Promise<'closed' | 'reset'>((resolve) => {
    socket.on('close', () => {
      resolve(wasReset ? 'reset' : 'closed')
      wake()
    })
  })
  return {
    socket,
    closed,
    received: () => received,
    write: (latin1) => void socket.write(latin1, 'latin1'),
    until: async (pattern) => {
      while (!pattern.test(received)) {
        if (socket.destroyed) throw new Error(`closed before ${pattern}: ${JSON.stringify(received)}`)
        await new Promise<void>((resolve) => onData.push(resolve))
      }
      return received
    },
    [Symbol.asyncDispose]: async () => {
      onData = []
      socket.destroy()
      await closed
    },
  }
}

/** Sends requests, the last one with `Connection: close`, and collects all that comes until the other side closes. */
export async function rawExchange(port: number, latin1: string): Promise<{ text: string; ending: 'closed' | 'reset' }> {
  await using client = await openRawClient(port)
  client.write(asLast(latin1))
  const ending = await client.closed
  return { text: client.received(), ending }
}

/** With `Connection: close` in its last head, unless a test has said so itself. */
function asLast(latin1: string): string {
  if (latin1.includes('Connection: close')) return latin1
  return latin1.replace(/^([\s\S]* HTTP\/1\.1\r\n)/, '$1Connection: close\r\n')
}
