/**
 * Keeps looking a name up and tells which addresses it has. A failed look-up changes nothing: what was
 * found last is better than nothing, and a name server that is away for a minute is no reason to fail.
 */
import type { TcpAddress } from '@podmates/shared/config/values/address.ts'
import type { Logger } from '@podmates/shared/log/logger.ts'
import type { Clock } from '@podmates/shared/world/clock.ts'
import type { Discovery, DiscoveryTarget } from './discovery.ts'

/** All addresses of a name, as the system resolves it (hosts file included). Rejects with the system's code. */
export type Lookup = (name: string) => Promise<readonly string[]>

export interface DnsDiscoveryWorld {
  readonly clock: Clock
  readonly log: Logger
  readonly lookup: Lookup
}

/** Milliseconds between look-ups: what Kubernetes lets a record live, and Envoy's default. */
const refreshMs = 5000

/** The start waits this long for the first answer, so that the first request finds endpoints; never longer. */
const firstLookupMs = 1000

export function dnsDiscovery(
  target: DiscoveryTarget,
  { host, port }: TcpAddress,
  { clock, log, lookup }: DnsDiscoveryWorld,
): Discovery {
  const stopped = new AbortController()
  const fields = { upstream: target.label, name: host }
  let failing = false

  return {
    async start(signal) {
      const first = lookUp()
      void first.then(refresh)
      const over = new AbortController()
      const wait = clock.sleep(firstLookupMs, AbortSignal.any([signal, over.signal]))
      await Promise.race([first, wait.catch(() => undefined)])
      over.abort()
    },
    stop: () => stopped.abort(),
  }

  async function refresh(): Promise<void> {
    while (!stopped.signal.aborted) {
      const slept = await clock.sleep(refreshMs, stopped.signal).then(
        () => true,
        () => false,
      )
      if (slept) await lookUp()
    }
  }

  async function lookUp(): Promise<void> {
    try {
      const addresses = await lookup(host)
      if (stopped.signal.aborted) return
      if (addresses.length === 0) {
        onFailed('ENODATA')
        return
      }
      if (failing) log.info(fields, 'the name can be looked up again')
      failing = false
      target.onFound(addresses.toSorted().map((address) => ({ target: { host: address, port }, weight: 1 })))
    } catch (error) {
      if (stopped.signal.aborted) return
      onFailed(codeOf(error))
    }
  }

  /** A name without addresses is a failure too: the endpoints known so far are better than none. */
  function onFailed(code: string): void {
    if (!failing) log.warn({ ...fields, code }, 'a name cannot be looked up; keeping the endpoints known so far')
    failing = true
    target.onFailed(code)
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN'
}
