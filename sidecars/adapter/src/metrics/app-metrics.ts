/** The metrics half of the adapter, end to end: StatsD comes in, finds its series, and is scraped. */
import type { TcpAddress } from '@podmates/shared/config/values/address.ts'
import type { Part } from '@podmates/shared/lifecycle/part.ts'
import type { Logger } from '@podmates/shared/log/logger.ts'
import type { Metrics } from '@podmates/shared/metrics/metrics.ts'
import type { Clock } from '@podmates/shared/world/clock.ts'
import { createMetricsServer, type ExposeOptions } from './exposition/metrics-server.ts'
import { textFormat } from './exposition/text-format.ts'
import { createIntakeMetrics, type IntakeTotals } from './input/intake-metrics.ts'
import { createStatsdIntake, type SignedGauge } from './input/statsd-intake.ts'
import { createTcpListener } from './input/tcp-listener.ts'
import { createUdpListener } from './input/udp-listener.ts'
import { createExpiry } from './registry/expiry-part.ts'
import { createSeriesRegistry } from './registry/series-registry.ts'

export interface AppMetricsOptions {
  readonly statsd: {
    readonly udp?: TcpAddress | undefined
    readonly tcp?: TcpAddress | undefined
    readonly signedGauge: SignedGauge
  }
  readonly labels: Readonly<Record<string, string>>
  readonly limits: { readonly series: number; readonly seriesPerMetric: number; readonly ttl: number }
  readonly expose: ExposeOptions
}

export interface AppMetricsWorld {
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
}

export interface AppMetrics {
  /** In the order in which they start: the page first, so that it shows what the listeners take. */
  readonly parts: readonly Part[]
  figures(): IntakeTotals & {
    readonly series: number
    /** Datagrams that never reached us: no line of theirs is among the lost. */
    readonly kernelDrops: number
  }
}

/** A series is sent in few ways (tags in another order, another sample rate), so twice as many lines are remembered. */
const linesPerSeries = 2

export function createAppMetrics(options: AppMetricsOptions, { clock, log, metrics }: AppMetricsWorld): AppMetrics {
  const { statsd, limits, labels, expose } = options
  const registry = createSeriesRegistry({ ...limits, ttlMs: limits.ttl }, labels)
  const counts = createIntakeMetrics({ clock, log, metrics })
  const intake = createStatsdIntake(
    { signedGauge: statsd.signedGauge, rememberedMax: limits.series * linesPerSeries },
    registry,
    counts,
  )
  metrics.gauge('series', 'Series of the app that the page shows.', { collect: (gauge) => gauge.set(registry.size()) })

  const world = { clock, log, metrics, intake }
  const udp = statsd.udp === undefined ? undefined : createUdpListener(statsd.udp, world)
  const parts = [
    createMetricsServer(expose, { log, metrics, page: () => textFormat(registry.families()) }),
    createExpiry(registry, limits.ttl, { clock, log }),
    ...(statsd.tcp === undefined ? [] : [createTcpListener(statsd.tcp, world)]),
    ...(udp === undefined ? [] : [udp]),
  ]
  return {
    parts: [warningsPart(counts.flush), ...parts],
    figures: () => ({ ...counts.totals(), series: registry.size(), kernelDrops: udp?.kernelDrops() ?? 0 }),
  }
}

/** Held-back warnings are written when all that could warn has stopped. */
function warningsPart(flush: () => void): Part {
  return {
    name: 'statsd warnings',
    stop: async () => {
      flush()
      return {}
    },
  }
}
