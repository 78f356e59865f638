/** What the ambassador is made of, in the order in which it starts: upstreams find their endpoints, then listeners open. */
import { lookup } from 'node:dns/promises'
import type { SidecarParts, SidecarWorld } from '@podmates/shared/cli/sidecar-parts.ts'
import { together } from '@podmates/shared/lifecycle/together.ts'
import type { AmbassadorConfig } from './config.ts'
import { Listener } from './listener/listener.ts'
import { requestEntry } from './listener/request-entry.ts'
import { routesOf } from './listener/routes.ts'
import { connectionMetrics } from './observe/connection-metrics.ts'
import { requestMetrics } from './observe/request-metrics.ts'
import { requestObserver } from './observe/request-observer.ts'
import { statusLines } from './observe/status.ts'
import { routeTable } from './route/route-table.ts'
import { Upstream } from './upstream/upstream.ts'
import type { UpstreamEvent } from './upstream/upstream-event.ts'
import type { UpstreamPolicy } from './upstream/upstream-options.ts'

/** Milliseconds to connect; a healthy endpoint of the same cluster accepts within one. */
const connectTimeoutMs = 1000

/** Milliseconds that an unused connection is kept: less than the 5 s after which a Node server closes it. */
const idleTimeoutMs = 4000

/** Milliseconds that a client has for the head of a request. */
const headTimeoutMs = 10_000

/** Milliseconds that a client may hold a connection without a request. */
const clientIdleTimeoutMs = 3_600_000

/** Milliseconds without a byte in either direction, in a stream or a tunnel. */
const streamTimeoutMs = 300_000

/** Connections from clients that one listener holds. */
const connectionsMax = 10_000

/** The most that is taken from an upstream's socket at once. */
const readBufferBytes = 64 * 1024

/** Until the configuration has the blocks. */
const policy: UpstreamPolicy = {
  balancer: 'round-robin',
  breaker: undefined,
  outlier: undefined,
  limits: { connections: 100, requests: 1000, queue: 256, queueTimeoutMs: 1000 },
  health: undefined,
  panic: 0.5,
  slowStartMs: 0,
}

export function createParts(config: AmbassadorConfig, world: SidecarWorld): SidecarParts {
  const { clock, metrics } = world
  const { headBytes: headBytesMax, headers: headersMax, targetBytes: targetBytesMax } = config.limits
  const limits = { headBytesMax, headersMax, targetBytesMax }
  const observer = requestObserver(config.log.access, { ...world, metrics: requestMetrics(metrics) })

  const rules = { limits, connectTimeoutMs, idleTimeoutMs, readBuffer: Buffer.allocUnsafeSlow(readBufferBytes) }
  const onUpstreamEvent = (event: UpstreamEvent) => world.log.info({ ...event }, 'an upstream has changed')
  const upstreams = Object.entries(config.upstreams).map(
    ([label, source]) =>
      new Upstream({ label, source, rules, policy }, { ...world, lookup: lookUpAll, onUpstreamEvent }),
  )
  const listeners = Object.entries(config.listeners).map(([label, { address: target, ...routes }]) => {
    const table = routeTable(routesOf(routes, upstreams))
    const entry = requestEntry(label, table, { clock, observer })
    const { delay: drainDelayMs, timeout: drainTimeoutMs } = config.drain
    const options = {
      label,
      target,
      drainDelayMs,
      drainTimeoutMs,
      limits,
      targets: 'paths' as const,
      headTimeoutMs,
      idleTimeoutMs: clientIdleTimeoutMs,
      streamTimeoutMs,
      connectionsMax,
    }
    return new Listener(options, entry, world)
  })

  connectionMetrics(listeners, upstreams, metrics)
  return { parts: [...upstreams, together('listeners', listeners)], status: () => statusLines(listeners, upstreams) }
}

async function lookUpAll(name: string): Promise<string[]> {
  const found = await lookup(name, { all: true })
  return found.map(({ address }) => address)
}
