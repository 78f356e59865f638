/** An upstream that speaks raw bytes: it records what it gets to the byte and answers what a test says. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface RawBackend extends AsyncDisposable {
  readonly port: number
  readonly address: string
  /** Heads that arrived whole, in order. */
  readonly heads: string[]
  /** All bytes that arrived, over all connections, as latin1. */
  received(): string
  /** Connections accepted so far. */
  connections(): number
  readonly sockets: Socket[]
}

/** Answers one head: the bytes to send, or what to do with the socket. Called once for each head. */
export type Reply = (head: string, socket: Socket, index: number) => string | undefined

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

/** @param reply undefined: answer nothing by itself */
export async function startRawBackend(reply: Reply = () => ok): Promise<RawBackend> {
  const heads: string[] = []
  const sockets: Socket[] = []
  let bytes = ''
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.push(socket)
    let unread = ''
    socket.on('error', () => undefined)
    socket.on('data', (data: Buffer) => {
      bytes += data.toString('latin1')
      unread += data.toString('latin1')
      for (let end = unread.indexOf('\r\n\r\n'); end >= 0; end = unread.indexOf('\r\n\r\n')) {
        const head = unread.slice(0, end + 4)
        unread = unread.slice(end + 4)
        if (!/^[A-Z]+ [^ ]+ HTTP/.test(head)) continue
        heads.push(head)
        const answer = reply(head, socket, heads.length - 1)
        if (answer !== undefined) socket.write(answer, 'latin1')
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    address: `127.0.0.1:${port}`,
    heads,
    sockets,
    received: () => bytes,
    connections: () => sockets.length,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
