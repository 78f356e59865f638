/**
 * All series that apps have sent, within limits: an app that puts a request id into a tag must not take the
 * sidecar down, nor the Prometheus behind it. What is over a limit or contradicts what is there is refused
 * with a reason, and a scrape never fails for it.
 */
import { labelName } from './metric-name.ts'
import { newSeries, type Series, type SeriesKind } from './series.ts'

export interface SeriesLimits {
  /** Of all metrics together. A histogram counts as one. */
  readonly series: number
  readonly seriesPerMetric: number
  /** A series without a sample for so long is forgotten, ms. */
  readonly ttlMs: number
}

/** Every series of one name, all of one kind. */
export interface Family {
  readonly name: string
  readonly kind: SeriesKind
  readonly series: ReadonlyMap<string, Series>
}

/** `sum_overflow`: the sample would make the sum infinite, and it would stay so until the series expires. */
export type SeriesRefusal = 'type_conflict' | 'series_limit' | 'series_per_metric_limit' | 'sum_overflow'

export interface SeriesRegistry {
  /**
   * Finds the series, or makes it.
   * @param name a valid metric name
   * @param tags as they were sent; a later one of the same name wins
   * @param nowMs monotonic
   */
  seriesFor(
    name: string,
    kind: SeriesKind,
    tags: readonly { readonly name: string; readonly value: string }[],
    nowMs: number,
  ): Series | SeriesRefusal
  /** Forgets what has had no sample for too long, names included. @returns how many series went */
  expire(nowMs: number): number
  families(): Iterable<Family>
  size(): number
}

interface OpenFamily extends Family {
  readonly series: Map<string, Series>
}

/** @param fixedLabels labels of every series, such as the app's name; a tag of the same name has no effect */
export function createSeriesRegistry(
  limits: SeriesLimits,
  fixedLabels: Readonly<Record<string, string>>,
): SeriesRegistry {
  const families = new Map<string, OpenFamily>()
  /** Which family writes samples under a name: a histogram also has `_bucket`, `_sum` and `_count`. */
  const owners = new Map<string, OpenFamily>()
  let size = 0

  function familyFor(name: string, kind: SeriesKind): OpenFamily | undefined {
    const known = families.get(name)
    if (known !== undefined) return known.kind === kind ? known : undefined
    const names = namesOf(name, kind)
    if (names.some((written) => owners.has(written))) return undefined
    const family: OpenFamily = { name, kind, series: new Map() }
    families.set(name, family)
    for (const written of names) owners.set(written, family)
    return family
  }

  function forget(family: OpenFamily): void {
    families.delete(family.name)
    for (const written of namesOf(family.name, family.kind)) owners.delete(written)
  }

  return {
    seriesFor(name, kind, tags, nowMs) {
      const family = familyFor(name, kind)
      if (family === undefined) return 'type_conflict'
      const labels = writtenLabels(tags, fixedLabels)
      const known = family.series.get(labels)
      if (known !== undefined) return known
      if (family.series.size >= limits.seriesPerMetric) return 'series_per_metric_limit'
      if (size >= limits.series) {
        if (family.series.size === 0) forget(family)
        return 'series_limit'
      }
      const series = newSeries(kind, labels, nowMs)
      family.series.set(labels, series)
      size += 1
      return series
    },
    expire(nowMs) {
      const before = size
      for (const family of families.values()) {
        for (const [labels, series] of family.series) {
          if (nowMs - series.touchedMs < limits.ttlMs) continue
          series.isExpired = true
          family.series.delete(labels)
          size -= 1
        }
        if (family.series.size === 0) forget(family)
      }
      return before - size
    },
    families: () => families.values(),
    size: () => size,
  }
}

function namesOf(name: string, kind: SeriesKind): string[] {
  return kind === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]
}

/** Sorted by name, so that the order of the tags on the wire makes no new series. */
function writtenLabels(
  tags: readonly { readonly name: string; readonly value: string }[],
  fixed: Readonly<Record<string, string>>,
): string {
  const sent = Object.fromEntries(tags.map(({ name, value }) => [labelName(name), value]))
  return Object.entries({ ...sent, ...fixed })
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',')
}

/** Backslash, newline and double quote (Prometheus text format 0.0.4). */
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}
