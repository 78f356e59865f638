/** Makes a destination of an upstream's keys in the configuration. */
import type { InferOutput } from 'valibot'
import type { ConnectionRules } from '../upstream/endpoint.ts'
import { Upstream, type UpstreamWorld } from '../upstream/upstream.ts'
import type { upstreamKeys } from '../upstream/upstream-keys.ts'
import type { UpstreamPolicy } from '../upstream/upstream-options.ts'
import type { Destination } from './destination.ts'
import { latencyWindow } from './latency-window.ts'
import { retryBudget } from './retry-budget.ts'

export type ConfiguredUpstream = InferOutput<typeof upstreamKeys>

/** @param wire what all connections have in common */
export function createDestination(
  label: string,
  keys: ConfiguredUpstream,
  wire: Pick<ConnectionRules, 'limits' | 'readBuffer' | 'scratch'>,
  world: UpstreamWorld,
): Destination {
  const { connect: connectTimeoutMs, idle: idleTimeoutMs } = keys.timeouts
  const rules = { ...wire, connectTimeoutMs, idleTimeoutMs }
  const source = { endpoints: keys.endpoints, dns: keys.dns }
  const { ratio, minPerSecond, window: windowMs } = keys.budget
  return {
    upstream: new Upstream({ label, source, rules, policy: policyOf(keys) }, world),
    budget: retryBudget({ ratio, minPerSecond, windowMs }, world.clock),
    latencies: latencyWindow(world.clock),
    hashHeader: typeof keys.balancer === 'string' ? undefined : keys.balancer.hash.header.toLowerCase(),
  }
}

function policyOf({
  balancer,
  breaker,
  outlier,
  limits,
  health,
  panic,
  slowStart,
}: ConfiguredUpstream): UpstreamPolicy {
  const { connections, requests, queue, queueTimeout: queueTimeoutMs } = limits
  return {
    balancer: typeof balancer === 'string' ? balancer : 'hash',
    breaker:
      breaker === 'off'
        ? undefined
        : {
            consecutive: breaker.consecutive,
            ratio: breaker.ratio,
            minRequests: breaker.minRequests,
            openMinMs: breaker.open.minMs,
            openMaxMs: breaker.open.maxMs,
            probes: breaker.probes,
          },
    outlier:
      outlier === 'off'
        ? undefined
        : { intervalMs: outlier.interval, maxEjected: outlier.maxEjected, baseMs: outlier.base },
    limits: { connections, requests, queue, queueTimeoutMs },
    health:
      health === undefined
        ? undefined
        : {
            path: health.path,
            intervalMs: health.interval,
            timeoutMs: health.timeout,
            unhealthy: health.unhealthy,
            healthy: health.healthy,
          },
    panic,
    slowStartMs: slowStart,
  }
}
