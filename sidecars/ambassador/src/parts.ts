/** What the ambassador is made of, in the order in which it starts: upstreams find their endpoints, then listeners open. */
import { lookup } from 'node:dns/promises'
import type { SidecarParts, SidecarWorld } from '@podmates/shared/cli/sidecar-parts.ts'
import { together } from '@podmates/shared/lifecycle/together.ts'
import type { AmbassadorConfig } from './config.ts'
import { ScratchBuffer } from './http1/scratch-buffer.ts'
import { createListener } from './listener/create-listener.ts'
import { requestMetrics } from './observe/request-metrics.ts'
import { requestObserver } from './observe/request-observer.ts'
import { statusLines } from './observe/status.ts'
import { upstreamEvents } from './observe/upstream-events.ts'
import { drainMetric, listenerMetrics, replayMetric, upstreamMetrics } from './observe/upstream-metrics.ts'
import { createDestination } from './resilience/create-destination.ts'
import { replayMemory } from './resilience/replay-memory.ts'

/** The most that is taken from a socket at once: 64 KiB with the head before them in one read are a quarter cheaper than in two. */
const readBufferBytes = 80 * 1024

/** Milliseconds that a forward proxy has to connect: as an upstream has by default. */
const forwardConnectTimeoutMs = 1000

export function createParts(config: AmbassadorConfig, world: SidecarWorld): SidecarParts {
  const { log, life, metrics } = world
  const { headBytes: headBytesMax, headers: headersMax, targetBytes: targetBytesMax, replayBytes } = config.limits
  const wire = {
    limits: { headBytesMax, headersMax, targetBytesMax },
    readBuffer: Buffer.allocUnsafeSlow(readBufferBytes),
    scratch: new ScratchBuffer(),
  }
  const observer = requestObserver(config.log.access, { ...world, metrics: requestMetrics(metrics) })
  const memory = replayMemory(replayBytes)

  const upstreamWorld = { ...world, lookup: lookUpAll, onUpstreamEvent: upstreamEvents(log, metrics) }
  const destinations = Object.entries(config.upstreams).map(([label, keys]) =>
    createDestination(label, keys, wire, upstreamWorld),
  )
  const upstreams = destinations.map(({ upstream }) => upstream)

  const shutUpstreams = (): void => {
    for (const upstream of upstreams) upstream.shut()
  }
  const connections = { ...wire, connectTimeoutMs: forwardConnectTimeoutMs }
  const settings = { destinations, drain: config.drain, connections, lookup: lookUpAll }
  const listeners = Object.entries(config.listeners).map(([label, keys]) =>
    createListener(label, keys, settings, { ...world, observer, replayMemory: memory, shutUpstreams }),
  )

  listenerMetrics(listeners, metrics)
  upstreamMetrics(destinations, metrics)
  replayMetric(memory, metrics)
  drainMetric(life, metrics)
  return { parts: [...upstreams, together('listeners', listeners)], status: () => statusLines(listeners, upstreams) }
}

async function lookUpAll(name: string): Promise<string[]> {
  const found = await lookup(name, { all: true })
  return found.map(({ address }) => address)
}
