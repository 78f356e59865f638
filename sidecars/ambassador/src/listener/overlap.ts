/** Whether two addresses claim the same port, as the kernel sees it. Names are not looked up: only localhost is known. */
import type { Address } from '@podmates/shared/config/values/address.ts'

/** All zeros, in IPv4 or IPv6: any address of the Pod. */
const anyHost = /^[0.:]+$/

/** Both cannot be listened on. Port 0 is any free one, so that two of them are two ports. */
export function overlap(one: Address, other: Address): boolean {
  if ('path' in one || 'path' in other) return 'path' in one && 'path' in other && one.path === other.path
  if (one.port !== other.port || one.port === 0) return false
  return anyHost.test(one.host) || anyHost.test(other.host) || known(one.host) === known(other.host)
}

/** Who connects to the endpoint meets the listener. Another Pod's address at the port of a listener is no loop. */
export function leadsTo(endpoint: Address, listener: Address): boolean {
  if (!overlap(endpoint, listener)) return false
  if ('path' in endpoint || 'path' in listener || !anyHost.test(listener.host)) return true
  return /^127\.|^::1$/.test(known(endpoint.host)) || anyHost.test(endpoint.host)
}

function known(host: string): string {
  return host === 'localhost' ? '127.0.0.1' : host
}
