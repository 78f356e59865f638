/**
 * What an app without an ambassador talks to: a Kubernetes Service, which picks an endpoint at random for each
 * connection and never tries a second one (kube-proxy, iptables mode).
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { pipeline } from 'node:stream'

export interface ServiceStandIn extends AsyncDisposable {
  /** `host:port` at which it listens. */
  readonly address: string
}

/** @param endpoints `host:port` of each replica */
export async function startService(endpoints: readonly string[]): Promise<ServiceStandIn> {
  const open = new Set<Socket>()
  const server = createServer((client) => {
    const [host, port] = (endpoints[Math.floor(Math.random() * endpoints.length)] ?? '').split(':')
    const upstream = connect(Number(port), host)
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.on('close', () => open.delete(socket))
      socket.on('error', () => client.resetAndDestroy())
    }
    upstream.once('connect', () => {
      pipeline(client, upstream, () => upstream.destroy())
      pipeline(upstream, client, () => client.destroy())
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy()
      server.close()
    },
  }
}
