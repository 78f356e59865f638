/**
 * From bytes to series. A line whose name, type and parts were seen before goes straight to its series; a new
 * one is parsed, finds or makes its series, and is remembered. Whatever cannot be used is counted by its reason.
 */

import { metricName } from '../registry/metric-name.ts'
import { add, observe, type Series, type SeriesKind } from '../registry/series.ts'
import type { SeriesRefusal, SeriesRegistry } from '../registry/series-registry.ts'
import { decimalOf, slowDecimal } from './decimal.ts'
import { createRawKeyTable, hashByte, hashStart, type KeyPlace } from './raw-key-table.ts'
import {
  type LineProblem,
  parseStatsdLine,
  type StatsdLine,
  type StatsdSample,
  type StatsdType,
} from './statsd-line.ts'

/**
 * What a gauge value with a minus sign means: a step down, as StatsD defines it, or the value itself, as
 * DogStatsD clients send it. `auto` takes a line with DogStatsD parts at its word. A plus sign is a step always.
 */
export type SignedGauge = 'auto' | 'delta' | 'absolute'

/** Hears what became of the lines; each call is one line, sample or problem. */
export interface IntakeCounts {
  line(): void
  sample(type: StatsdType): void
  /** @param show the line as text; only at once, for its bytes are used again */
  invalid(problem: LineProblem, show: () => string): void
  refused(refusal: SeriesRefusal, name: string): void
}

/** How lines are understood, and how many kinds of them are known at a time. */
export interface IntakeOptions {
  readonly signedGauge: SignedGauge
  /** How many combinations of name, type and parts are remembered. */
  readonly rememberedMax: number
}

/** Where every listener brings its bytes. */
export interface StatsdIntake {
  /** Takes a packet: one or more lines, a newline after each or between them. @param nowMs monotonic */
  packet(bytes: Buffer, nowMs: number): void
  /** Takes one line without its newline. @param nowMs monotonic */
  line(bytes: Buffer, start: number, end: number, nowMs: number): void
}

/** What to do with the value of a known line. */
interface Route {
  readonly type: StatsdType
  /** Of the metric. */
  readonly name: string
  readonly series: Series
  /** 1 / sample rate. */
  readonly weight: number
  readonly isMinusStep: boolean
}

const newline = 0x0a
const carriageReturn = 0x0d
const colon = 0x3a
const bar = 0x7c
const plus = 0x2b
const minus = 0x2d

/** How much of a line that cannot be used the log may show. */
const shownBytesMax = 200

/** The longest line, in bytes. A name and its tags come from anywhere; Prometheus itself takes no longer ones well. */
export const statsdLineBytesMax = 8192

const kinds: Readonly<Record<StatsdType, SeriesKind>> = {
  c: 'counter',
  g: 'gauge',
  ms: 'histogram',
  h: 'histogram',
  d: 'histogram',
  s: 'distinct',
}

/** @param counts hears what became of every line, sample and problem, while the call that brought them runs */
export function createStatsdIntake(
  { signedGauge, rememberedMax }: IntakeOptions,
  registry: SeriesRegistry,
  counts: IntakeCounts,
): StatsdIntake {
  const routes = createRawKeyTable<Route>(rememberedMax)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  // One place for all lines, overwritten for each: an object per line would be the only garbage of the fast path.
  const place: KeyPlace = { start: 0, nameEnd: 0, valueEnd: 0, end: 0 }
  let source: Buffer = Buffer.alloc(0)

  return { packet, line }

  function packet(bytes: Buffer, nowMs: number): void {
    let start = 0
    while (start < bytes.length) {
      const at = bytes.indexOf(newline, start)
      const end = at === -1 ? bytes.length : at
      line(bytes, start, end, nowMs)
      start = end + 1
    }
  }

  // Hot: one pass finds the value and hashes the rest; a known line takes 0.25 us in place of 5 us (test/bench/adapter).
  // Safe: a line is known only when all its bytes around the value are, and a value that is no plain number goes the slow way.
  function line(bytes: Buffer, start: number, lineEnd: number, nowMs: number): void {
    const end = bytes[lineEnd - 1] === carriageReturn ? lineEnd - 1 : lineEnd
    if (end <= start) return
    counts.line()
    let hash = hashStart
    let at = start
    for (; at < end && bytes[at] !== colon; at += 1) hash = hashByte(hash, bytes[at] as number)
    const nameEnd = at
    while (at < end && bytes[at] !== bar) at += 1
    const valueEnd = at
    for (; at < end; at += 1) hash = hashByte(hash, bytes[at] as number)
    source = bytes
    place.start = start
    place.nameEnd = nameEnd
    place.valueEnd = valueEnd
    place.end = end
    const route = routes.get(bytes, place, hash)
    if (route !== undefined && !route.series.isExpired) {
      if (takeKnown(route, nameEnd + 1, valueEnd, nowMs)) return
    }
    takeNew(hash, nowMs)
  }

  /** @returns false when the value needs the slow way: packed values, or nonsense that must be counted */
  function takeKnown(route: Route, start: number, end: number, nowMs: number): boolean {
    if (route.type === 's') return takeMember(route, source.toString('utf8', start, end), nowMs)
    const value = decimalOf(source, start, end)
    if (Number.isNaN(value) || (value < 0 && route.type === 'c')) return false
    apply(route, value, source[start] as number, nowMs)
    return true
  }

  function takeMember(route: Route, member: string, nowMs: number): true {
    if (route.series.kind === 'distinct') route.series.members.add(member)
    route.series.touchedMs = nowMs
    counts.sample('s')
    return true
  }

  function takeNew(hash: number, nowMs: number): void {
    const parsed = readLine()
    if (typeof parsed === 'string') {
      counts.invalid(parsed, shown)
      return
    }
    for (const problem of parsed.problems) counts.invalid(problem, shown)
    for (const sample of parsed.samples) {
      const values = usableValues(sample)
      // A metric of which only nonsense was sent must not appear with the value 0.
      const route = values.length === 0 ? undefined : routeFor(parsed, { ...sample, values }, nowMs)
      if (route === undefined) continue
      for (const value of values) takeText(route, value, nowMs)
      const isWholeLine = parsed.samples.length === 1 && parsed.problems.length === 0
      if (isWholeLine) routes.set(source, place, hash, route)
    }
  }

  function usableValues({ type, values }: StatsdSample): readonly string[] {
    return values.filter((value) => {
      const problem = valueProblem(type, value)
      if (problem !== undefined) counts.invalid(problem, shown)
      return problem === undefined
    })
  }

  function readLine(): StatsdLine | LineProblem {
    const { start, end } = place
    if (end - start > statsdLineBytesMax) return 'line_too_long'
    try {
      return parseStatsdLine(decoder.decode(source.subarray(start, end)))
    } catch {
      // Not UTF-8: no label may hold it.
      return 'malformed_line'
    }
  }

  function routeFor(parsed: StatsdLine, sample: StatsdSample, nowMs: number): Route | undefined {
    const name = metricName(parsed.name)
    const series = registry.seriesFor(name, kinds[sample.type], parsed.tags, nowMs)
    const isMinusStep = signedGauge === 'delta' || (signedGauge === 'auto' && !parsed.isDogStatsd)
    if (typeof series !== 'string') return { type: sample.type, name, series, weight: 1 / sample.rate, isMinusStep }
    for (const _ of sample.values) counts.refused(series, name)
    return undefined
  }

  function takeText(route: Route, text: string, nowMs: number): void {
    if (route.type === 's') takeMember(route, text, nowMs)
    else apply(route, slowDecimal(text), text.charCodeAt(0), nowMs)
  }

  /** @param firstByte of the value as it was written: a sign means a step for some gauges */
  function apply(route: Route, value: number, firstByte: number, nowMs: number): void {
    if (!addSample(route, value, firstByte)) {
      counts.refused('sum_overflow', route.name)
      return
    }
    route.series.touchedMs = nowMs
    counts.sample(route.type)
  }

  /** @returns false when the sum would not be finite */
  function addSample({ type, series, weight, isMinusStep }: Route, value: number, firstByte: number): boolean {
    switch (series.kind) {
      case 'counter':
        return add(series, value * weight)
      case 'gauge': {
        const isStep = firstByte === plus || (firstByte === minus && isMinusStep)
        if (isStep) return add(series, value)
        series.value = value
        return true
      }
      case 'histogram':
        // Timers are in milliseconds on the wire, and in seconds everywhere in Prometheus.
        return observe(series, type === 'ms' ? value / 1000 : value, weight)
      case 'distinct':
        return true
    }
  }

  function shown(): string {
    return source.toString('utf8', place.start, Math.min(place.end, place.start + shownBytesMax))
  }
}

/** A counter that went down would look like a restart of the app. */
function valueProblem(type: StatsdType, value: string): LineProblem | undefined {
  if (type === 's') return undefined
  const number = slowDecimal(value)
  if (Number.isNaN(number)) return 'malformed_value'
  return type === 'c' && number < 0 ? 'negative_counter' : undefined
}
