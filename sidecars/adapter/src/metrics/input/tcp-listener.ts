/** StatsD over TCP: lines, each with its newline. Unlike UDP nothing is lost, and a fast sender is slowed down. */
import { createServer, type Server, type Socket } from 'node:net'
import { formatAddress, type TcpAddress } from '@podmates/shared/config/values/address.ts'
import { listenFailure } from '@podmates/shared/errors/listen-failure.ts'
import type { Part } from '@podmates/shared/lifecycle/part.ts'
import { createLineAssembler } from './line-assembler.ts'
import type { ListenerWorld } from './udp-listener.ts'

/** The app's containers keep one connection each; more are a leak in a client. */
const connectionsMax = 128

/** When nothing came for so long after SIGTERM, all that the app sent is here. */
const quietMs = 20

export function createTcpListener(address: TcpAddress, { clock, log, metrics, intake }: ListenerWorld): Part {
  const sockets = new Set<Socket>()
  let server: Server | undefined
  let chunks = 0

  metrics.gauge('statsd_connections', 'Open TCP connections of StatsD clients.', {
    collect: (gauge) => gauge.set(sockets.size),
  })
  const connectionsTotal = metrics.counter('statsd_connections_total', 'TCP connections of StatsD clients.')
  const droppedTotal = metrics.counter('statsd_dropped_connections_total', 'TCP connections that were one too many.')

  return {
    name: `statsd tcp ${formatAddress(address)}`,
    async start() {
      server = await listen(address)
      server.maxConnections = connectionsMax
      server.on('connection', serve)
      server.on('drop', () => droppedTotal.inc())
      log.info({ part: 'statsd', protocol: 'tcp', address: formatAddress(address) }, 'listening')
    },
    async stop(deadline) {
      const closed = new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())))
      let before = -1
      while (sockets.size > 0 && before !== chunks && !deadline.aborted) {
        before = chunks
        await clock.sleep(quietMs, deadline).catch(() => {})
      }
      for (const socket of sockets) socket.destroy()
      await closed
      return {}
    },
  }

  function serve(socket: Socket): void {
    const lines = createLineAssembler(intake)
    connectionsTotal.inc()
    sockets.add(socket)
    socket.on('data', (chunk: Buffer) => {
      chunks += 1
      lines.push(chunk, clock.now())
    })
    // A client that died leaves half a line, and nobody to tell.
    socket.on('error', () => {})
    socket.once('end', () => lines.end(clock.now()))
    socket.once('close', () => sockets.delete(socket))
  }
}

function listen({ host, port }: TcpAddress): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error) => {
      reject(listenFailure({ address: formatAddress({ host, port }), key: 'metrics.statsd.tcp' }, error))
    })
    server.listen(port, host, () => resolve(server))
  })
}
