/** Makes a listener of its keys in the configuration. */
import type { InferOutput } from 'valibot'
import type { ClientConnectionOptions } from '../http1/client-connection.ts'
import type { Destination } from '../resilience/destination.ts'
import type { ExchangeWorld } from '../resilience/exchange.ts'
import { plainRoute } from '../route/route-keys.ts'
import { routeTable } from '../route/route-table.ts'
import { allowList } from './forward/allow-list.ts'
import type { Forwarding } from './forward/forward-exchange.ts'
import { isLocal, Listener, type ListenerWorld } from './listener.ts'
import type { listenerKeys } from './listener-keys.ts'
import { requestEntry } from './request-entry.ts'
import { routesOf } from './routes.ts'

export type ConfiguredListener = InferOutput<typeof listenerKeys>

export interface ListenerSettings {
  readonly destinations: readonly Destination[]
  readonly drain: { readonly delay: number; readonly timeout: number }
  /** How a forward proxy's connections are made. */
  readonly connections: Omit<ClientConnectionOptions, 'target'>
  readonly lookup: (host: string) => Promise<readonly string[]>
}

export function createListener(
  label: string,
  keys: ConfiguredListener,
  { destinations, drain, connections, lookup }: ListenerSettings,
  world: ExchangeWorld & ListenerWorld,
): Listener {
  const shortForm = plainRoute()
  // From other Pods a stated time would be a way to have requests cut; the app's own is its own affair.
  const statedTimes = isLocal(keys.address) ? 'heeded' : 'removed'
  const table = routeTable(routesOf(keys, shortForm, destinations, statedTimes))
  const forwarding: Forwarding | undefined =
    keys.forward === undefined
      ? undefined
      : { allow: allowList(keys.forward), lookup, connections, timeoutMs: keys.forward.timeout, statedTimes }
  const options = {
    label,
    target: keys.address,
    drainDelayMs: drain.delay,
    drainTimeoutMs: drain.timeout,
    limits: connections.limits,
    readBuffer: connections.readBuffer,
    scratch: connections.scratch,
    targets: forwarding === undefined ? ('paths' as const) : ('forward' as const),
    headTimeoutMs: keys.timeouts.head,
    idleTimeoutMs: keys.timeouts.idle,
    streamTimeoutMs: keys.timeouts.stream,
    connectionsMax: keys.connections,
  }
  return new Listener(options, requestEntry(label, table, world, forwarding), world)
}
