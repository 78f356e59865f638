/** One series of each kind: what a sample does to it. How it is written down is the exposition's business. */
import { createDistinctCount, type DistinctCount } from './distinct-count.ts'

interface AnySeries {
  /** The labels as they are written: `code="200",route="/x"`; empty when there are none. */
  readonly labels: string
  /** When the last sample came, in ms of the monotonic clock. */
  touchedMs: number
  /** Out of the registry, because no sample came for too long: whoever still holds it must look it up anew. */
  isExpired: boolean
}

/** Only ever grows. */
export interface CounterSeries extends AnySeries {
  readonly kind: 'counter'
  value: number
}

/** Holds the last value, moved by steps. */
export interface GaugeSeries extends AnySeries {
  readonly kind: 'gauge'
  value: number
}

/** Timers, histograms and distributions. */
export interface HistogramSeries extends AnySeries {
  readonly kind: 'histogram'
  /** Weight of the samples that fell into each bucket, not cumulative; the last one is above the highest bound. */
  readonly counts: Float64Array
  sum: number
}

/** A StatsD set: shown as a gauge. */
export interface DistinctSeries extends AnySeries {
  readonly kind: 'distinct'
  readonly members: DistinctCount
}

export type Series = CounterSeries | GaugeSeries | HistogramSeries | DistinctSeries
export type SeriesKind = Series['kind']

/**
 * Upper bounds of the buckets, for seconds: the default of statsd_exporter and of all Prometheus clients.
 * A value equal to a bound falls into its bucket.
 */
export const bucketBounds: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** An empty series. @param labels as they are to be written @param nowMs monotonic */
export function newSeries(kind: SeriesKind, labels: string, nowMs: number): Series {
  const any = { labels, touchedMs: nowMs, isExpired: false }
  switch (kind) {
    case 'counter':
    case 'gauge':
      return { ...any, kind, value: 0 }
    case 'histogram':
      return { ...any, kind, counts: new Float64Array(bucketBounds.length + 1), sum: 0 }
    case 'distinct':
      return { ...any, kind, members: createDistinctCount() }
  }
}

/** Adds to a counter or moves a gauge. @returns false when the sum would not be finite; nothing has changed then */
export function add(series: CounterSeries | GaugeSeries, step: number): boolean {
  const value = series.value + step
  if (!Number.isFinite(value)) return false
  series.value = value
  return true
}

/**
 * @param weight how many samples this one stands for: 1 / sample rate, not necessarily whole
 * @returns false when the sum would not be finite; nothing has changed then
 */
export function observe(series: HistogramSeries, value: number, weight: number): boolean {
  const sum = series.sum + value * weight
  if (!Number.isFinite(sum)) return false
  let bucket = 0
  while (bucket < bucketBounds.length && value > (bucketBounds[bucket] as number)) bucket += 1
  series.counts[bucket] = (series.counts[bucket] as number) + weight
  series.sum = sum
  return true
}
