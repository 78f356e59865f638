/** An upstream that speaks raw bytes: it records what it gets to the byte and answers what a test says. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface RawBackend extends AsyncDisposable {
  readonly port: number
  readonly address: string
  /** Heads that arrived whole, in order; bodies with a length are skipped, and so is all that comes after an answer of 101. */
  readonly heads: string[]
  /** The first megabyte that arrived, over all connections, as latin1. */
  received(): string
  /** How many bytes arrived, over all connections. */
  receivedBytes(): number
  /** Connections accepted so far. */
  connections(): number
  readonly sockets: Socket[]
}

/** Answers one head: the bytes to send, or undefined to do something with the socket instead. */
export type Reply = (head: string, socket: Socket, index: number) => string | undefined

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
const keptBytesMax = 1024 * 1024

export async function startRawBackend(reply: Reply = () => ok): Promise<RawBackend> {
  const heads: string[] = []
  const sockets: Socket[] = []
  let text = ''
  let bytes = 0
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.push(socket)
    let unread = ''
    let bodyBytes = 0
    let isTunnel = false
    socket.on('error', () => undefined)
    socket.on('data', (data: Buffer) => {
      bytes += data.length
      const more = data.toString('latin1')
      if (text.length < keptBytesMax) text += more
      if (isTunnel) return
      const skipped = Math.min(bodyBytes, more.length)
      bodyBytes -= skipped
      unread += more.slice(skipped)
      for (let end = unread.indexOf('\r\n\r\n'); end >= 0; end = unread.indexOf('\r\n\r\n')) {
        const head = unread.slice(0, end + 4)
        const body = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
        bodyBytes = Math.max(0, body - (unread.length - head.length))
        unread = unread.slice(head.length + body)
        if (!/^[A-Z]+ [^ ]+ HTTP/.test(head)) continue
        heads.push(head)
        const answer = reply(head, socket, heads.length - 1)
        if (answer !== undefined) socket.write(answer, 'latin1')
        isTunnel = answer?.startsWith('HTTP/1.1 101') === true
        if (isTunnel) return
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
    received: () => text,
    receivedBytes: () => bytes,
    connections: () => sockets.length,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
