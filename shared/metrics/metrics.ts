/**
 * A sidecar's own metrics: one registry, every name under `podmates_<sidecar>_` and checked when it is made.
 * The process's own metrics keep the names that every Prometheus client gives them (`process_...`,
 * `nodejs_...`), so that existing dashboards and alerts fit.
 */
import { Counter, Gauge, Histogram, type Metric, Registry } from 'prom-client'
import { type MetricKind, metricNameProblem, metricPrefix } from './metric-name.ts'
import { addProcessMetrics } from './process-metrics.ts'
import { TalliedHistogram } from './tallied-histogram.ts'

export interface MetricOptions<Label extends string> {
  /** Names of the labels. Their values must be few and chosen by us: names from the config, states, reasons. */
  readonly labels?: readonly Label[]
}

export interface CounterOptions<Label extends string> extends MetricOptions<Label> {
  /** Adds, at each scrape, what has been counted elsewhere since the last one: by the kernel, or on a hot path. */
  readonly collect?: (counter: Counter<Label>) => void
}

export interface GaugeOptions<Label extends string> extends MetricOptions<Label> {
  /** Sets the gauge at each scrape, for what is cheaper to read than to follow. */
  readonly collect?: (gauge: Gauge<Label>) => void
}

export interface HistogramOptions<Label extends string> extends MetricOptions<Label> {
  /** Upper bounds in the metric's unit, ascending, without +Inf. */
  readonly buckets: readonly number[]
}

/** What a scrape answers. */
export interface Exposition {
  readonly contentType: string
  readonly text: string
}

export interface Metrics {
  /** @param name ends in `_total`, without the prefix: `requests_total` */
  counter<Label extends string = never>(name: string, help: string, options?: CounterOptions<Label>): Counter<Label>
  /** @param name in base units, without the prefix: `last_reload_timestamp_seconds` */
  gauge<Label extends string = never>(name: string, help: string, options?: GaugeOptions<Label>): Gauge<Label>
  /** @param name in base units, without the prefix: `request_duration_seconds` */
  histogram<Label extends string = never>(
    name: string,
    help: string,
    options: HistogramOptions<Label>,
  ): Histogram<Label>
  /** The same for a hot path. @param name in base units, without the prefix */
  talliedHistogram<Label extends string = never>(
    name: string,
    help: string,
    options: HistogramOptions<Label>,
  ): TalliedHistogram<Label>
  /** Says which config is in force: `podmates_<sidecar>_config_info{hash}` is 1, and the hash before it is gone. */
  setConfigHash(hash: string): void
  /** All metrics in the text format 0.0.4. */
  exposition(): Promise<Exposition>
}

/** @param sidecar `ambassador`, `config-helper`, ... */
export function createMetrics(sidecar: string, version: string): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const prefix = metricPrefix(sidecar)
  addProcessMetrics(registry)

  const build = new Gauge({
    name: `${prefix}build_info`,
    help: 'The version that runs; always 1.',
    labelNames: ['version', 'node'],
    registers,
  })
  build.set({ version, node: process.version }, 1)
  const config = new Gauge({
    name: `${prefix}config_info`,
    help: 'The hash of the configuration in force; always 1.',
    labelNames: ['hash'],
    registers,
  })

  function settings<Label extends string>(kind: MetricKind, name: string, help: string, labels: readonly Label[]) {
    const problem = metricNameProblem(kind, name, labels)
    if (problem !== undefined) throw new TypeError(problem)
    return { name: prefix + name, help, labelNames: labels, registers }
  }

  return {
    counter: <Label extends string>(
      name: string,
      help: string,
      { labels = [], collect }: CounterOptions<Label> = {},
    ) => {
      const counter: Counter<Label> = new Counter({
        ...settings('counter', name, help, labels),
        ...(collect === undefined ? {} : { collect: () => collect(counter) }),
      })
      return counter
    },
    gauge: <Label extends string>(name: string, help: string, { labels = [], collect }: GaugeOptions<Label> = {}) => {
      const gauge: Gauge<Label> = new Gauge({
        ...settings('gauge', name, help, labels),
        ...(collect === undefined ? {} : { collect: () => collect(gauge) }),
      })
      return gauge
    },
    histogram: (name, help, { labels = [], buckets }) =>
      new Histogram({ ...settings('histogram', name, help, labels), buckets: [...buckets] }),
    talliedHistogram: <Label extends string>(
      name: string,
      help: string,
      { labels = [], buckets }: HistogramOptions<Label>,
    ) => {
      const { name: fullName } = settings('histogram', name, help, labels)
      const histogram = new TalliedHistogram<Label>(fullName, help, buckets)
      // The registry asks no more of a metric than its name, `get` and `reset`, though its types name the library's own.
      registry.registerMetric(histogram as unknown as Metric)
      return histogram
    },
    setConfigHash: (hash) => {
      config.reset()
      config.set({ hash }, 1)
    },
    exposition: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}
