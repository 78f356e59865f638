/**
 * Writes series in the Prometheus text format 0.0.4. Our own writer, because prom-client's fixes the labels of
 * a metric when it is made, while the apps choose theirs with every sample.
 */
import { bucketBounds, type HistogramSeries, type Series, type SeriesKind } from '../registry/series.ts'
import type { Family } from '../registry/series-registry.ts'

/** The Content-Type; Prometheus 3 refuses a scrape without a known one. */
export const textFormatType = 'text/plain; version=0.0.4; charset=utf-8'

const typeNames: Readonly<Record<SeriesKind, string>> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  distinct: 'gauge',
}

const helps: Readonly<Record<SeriesKind, string>> = {
  counter: 'StatsD counter.',
  gauge: 'StatsD gauge.',
  histogram: 'StatsD timer, histogram or distribution.',
  distinct: 'StatsD set: how many different members it has had.',
}

/** Characters of one piece of the page. */
const pieceLength = 64 * 1024

/**
 * Each family with its type and all its series, in pieces: the whole page of 50,000 histograms is more than the heap
 * of a small container. A series is never divided. Explicit timestamps are left out: with them, series that end
 * would linger.
 */
export function* textFormat(families: Iterable<Family>): Generator<string> {
  let lines: string[] = []
  let length = 0
  for (const { name, kind, series } of families) {
    lines.push(`# HELP ${name} ${helps[kind]}`, `# TYPE ${name} ${typeNames[kind]}`)
    for (const one of series.values()) {
      const before = lines.length
      pushSeries(lines, name, one)
      for (const line of lines.slice(before)) length += line.length
      if (length < pieceLength) continue
      yield `${lines.join('\n')}\n`
      lines = []
      length = 0
    }
  }
  if (lines.length > 0) yield `${lines.join('\n')}\n`
}

function pushSeries(lines: string[], name: string, series: Series): void {
  switch (series.kind) {
    case 'counter':
    case 'gauge':
      lines.push(sample(name, series.labels, series.value))
      return
    case 'distinct':
      lines.push(sample(name, series.labels, series.members.count()))
      return
    case 'histogram':
      pushHistogram(lines, name, series)
  }
}

/** Buckets are cumulative, and the last one holds everything. */
function pushHistogram(lines: string[], name: string, { labels, counts, sum }: HistogramSeries): void {
  const before = labels === '' ? '' : `${labels},`
  let total = 0
  counts.forEach((count, bucket) => {
    total += count
    const bound = bucketBounds[bucket] ?? '+Inf'
    lines.push(sample(`${name}_bucket`, `${before}le="${bound}"`, total))
  })
  lines.push(sample(`${name}_sum`, labels, sum), sample(`${name}_count`, labels, total))
}

function sample(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${written(value)}` : `${name}{${labels}} ${written(value)}`
}

/** A counter or a sum may have grown beyond every double. */
function written(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}
