/**
 * The other side of the proxy bench, in a process of its own on the other core: a backend that answers
 * at once, and as many clients as asked for, each with one request under way. Both work on raw sockets, so
 * that they can fill a proxy ten times over.
 *
 * Answers `{ backendPort }` at first, and then `{ requests, errors }` to each `{ port, connections, seconds }`.
 */
import { type AddressInfo, connect, createServer } from 'node:net'

export interface LoadOrder {
  readonly port: number
  readonly connections: number
  readonly seconds: number
}

export interface LoadResult {
  readonly requests: number
  /** Connections that ended, or answers other than 200. */
  readonly errors: number
}

/** What Go's client sends, with the headers of a typical service. */
const request = Buffer.from(
  `${[
    'GET /v1/items/4711?fields=name,price HTTP/1.1',
    'Host: inventory.shop.svc.cluster.local:8080',
    'User-Agent: Go-http-client/1.1',
    'Accept: application/json',
    'Accept-Encoding: gzip',
    'Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    'X-Request-Id: 3f2a9c51-6f0e-4b7e-9f5a-0c6d1e2b3a49',
  ].join('\r\n')}\r\n\r\n`,
)
const body = JSON.stringify({
  id: 4711,
  name: 'teapot',
  price: 1290,
  currency: 'EUR',
  stock: 7,
  tags: ['kitchen', 'tea'],
})
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Sat, 01 Aug 2026 12:00:00 GMT\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
)
const headEnd = Buffer.from('\r\n\r\n')

const backend = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => undefined)
  // Requests have no body and are not pipelined, so each ends with the end of its head.
  socket.on('data', (data: Buffer) => {
    if (data.subarray(-4).equals(headEnd)) socket.write(answer)
  })
})
backend.listen(0, '127.0.0.1', () => process.send?.({ backendPort: (backend.address() as AddressInfo).port }))

process.on('message', (order: LoadOrder) => void fire(order).then((result) => process.send?.(result)))

function fire({ port, connections, seconds }: LoadOrder): Promise<LoadResult> {
  let requests = 0
  let errors = 0
  let open = connections
  let isOver = false
  setTimeout(() => {
    isOver = true
  }, seconds * 1000)
  return new Promise((resolve) => {
    const closed = (): void => {
      open -= 1
      if (!isOver) errors += 1
      if (open === 0) resolve({ requests, errors })
    }
    for (let index = 0; index < connections; index += 1) {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      let missing = 0
      socket.on('connect', () => socket.write(request))
      socket.on('error', () => undefined)
      socket.on('close', closed)
      socket.on('data', (data: Buffer) => {
        if (missing === 0) {
          if (data[9] !== 0x32) errors += 1
          missing = data.indexOf(headEnd) + headEnd.length + body.length
        }
        missing -= data.length
        if (missing > 0) return
        requests += 1
        if (isOver) socket.destroy()
        else socket.write(request)
      })
    }
  })
}
