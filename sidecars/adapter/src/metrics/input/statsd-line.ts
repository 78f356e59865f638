/**
 * One StatsD line, in every dialect that is in use at once: plain, DogStatsD (tags, packed values, container
 * and timestamp parts), InfluxDB, Librato and SignalFX tags. What statsd_exporter accepts means the same here;
 * `statsd-line.test.ts` has the table, with the places where this parser knowingly accepts more.
 *
 *   line   = name ":" sample *( ":" sample )
 *   sample = value *( ":" value ) "|" type *( "|" part )
 *   part   = "@" rate / "#" tags / "c:" container / "e:" external / "card:" cardinality / "T" seconds
 *
 * This is the readable path. It sees each combination of name, type and parts once; `statsd-intake.ts`
 * remembers what came of it.
 */

export type StatsdType = 'c' | 'g' | 'ms' | 'h' | 'd' | 's'

export interface Tag {
  readonly name: string
  readonly value: string
}

export interface StatsdSample {
  readonly type: StatsdType
  /** As it was written: a number, or the member of a set. */
  readonly values: readonly string[]
  /** The share of all samples that was sent, 1e-9 to 1; 1 unless the line says otherwise. */
  readonly rate: number
}

/** Why a line, or a sample of it, cannot be used; the `reason` of the counter of invalid lines. */
export type LineProblem =
  | 'malformed_line'
  | 'malformed_value'
  | 'malformed_part'
  | 'unknown_type'
  | 'invalid_rate'
  | 'mixed_tags'
  | 'negative_counter'
  | 'event'
  | 'service_check'
  | 'line_too_long'

export interface StatsdLine {
  readonly name: string
  readonly tags: readonly Tag[]
  readonly samples: readonly StatsdSample[]
  /** Samples that were left out, each for its reason. */
  readonly problems: readonly LineProblem[]
  /** Whether a part says that a DogStatsD client wrote the line. */
  readonly isDogStatsd: boolean
}

/** Reads one line without its newline. @returns the reason when nothing of it can be used. Never throws. */
export function parseStatsdLine(line: string): StatsdLine | LineProblem {
  if (line.startsWith('_e{')) return 'event'
  if (line.startsWith('_sc|')) return 'service_check'
  const colon = line.indexOf(':')
  if (colon < 1 || line.indexOf('|', colon) === -1) return 'malformed_line'
  const named = splitNameTags(line.slice(0, colon))
  if (named.name === '') return 'malformed_line'
  const read = readSamples(line.slice(colon + 1))
  if (read.tags !== undefined && named.tags.length > 0) return 'mixed_tags'
  return {
    name: named.name,
    tags: read.tags === undefined ? named.tags : parseTags(read.tags, ':'),
    samples: read.samples,
    problems: read.problems,
    isDogStatsd: read.isDogStatsd,
  }
}

/** Tags inside the name: `name,a=b` (InfluxDB), `name#a=b` (Librato), `na[a=b]me` (SignalFX). */
function splitNameTags(written: string): { name: string; tags: Tag[] } {
  const open = written.indexOf('[')
  const close = written.indexOf(']')
  if (open !== -1 && close > open) {
    return {
      name: written.slice(0, open) + written.slice(close + 1),
      tags: parseTags(written.slice(open + 1, close), '='),
    }
  }
  const start = written.search(/[,#]/)
  if (start === -1) return { name: written, tags: [] }
  return { name: written.slice(0, start), tags: parseTags(written.slice(start + 1), '=') }
}

/** A tag without a value, which DogStatsD allows, gets the value `true`; one without a name is left out. */
function parseTags(text: string, separator: ':' | '='): Tag[] {
  return text.split(',').flatMap((written) => {
    const tag = written.startsWith('#') ? written.slice(1) : written
    const at = tag.indexOf(separator)
    if (at === -1) return tag === '' ? [] : [{ name: tag, value: 'true' }]
    return at === 0 || at === tag.length - 1 ? [] : [{ name: tag.slice(0, at), value: tag.slice(at + 1) }]
  })
}

interface SamplesRead {
  samples: StatsdSample[]
  problems: LineProblem[]
  tags: string | undefined
  isDogStatsd: boolean
}

/** Reads what stands behind the name. A sample with a bad part is left out; where the structure breaks, so is the rest. */
function readSamples(text: string): SamplesRead {
  const read: SamplesRead = { samples: [], problems: [], tags: undefined, isDogStatsd: false }
  let at = 0
  for (;;) {
    const bar = text.indexOf('|', at)
    if (bar === -1) {
      read.problems.push('malformed_part')
      return read
    }
    const written = text.slice(at, bar)
    const typeEnd = endOf(text, bar + 1, isTypeEnd)
    const type = text.slice(bar + 1, typeEnd)
    const parts = readParts(text, typeEnd, read)
    if (!isStatsdType(type)) read.problems.push('unknown_type')
    else if (parts.problem !== undefined) read.problems.push(parts.problem)
    // A set's member may hold colons (an IPv6 address); all other types may pack several values.
    else read.samples.push({ type, values: type === 's' ? [written] : written.split(':'), rate: parts.rate })
    if (parts.end >= text.length) return read
    at = parts.end + 1
  }
}

const isTypeEnd = (character: string): boolean => character === '|' || character === ':'
const isPartEnd = (character: string): boolean => character === '|'

function endOf(text: string, from: number, isEnd: (character: string) => boolean): number {
  let end = from
  while (end < text.length && !isEnd(text[end] ?? '')) end += 1
  return end
}

interface PartsRead {
  /** Where the sample ends: the colon before the next one, or the end of the text. */
  readonly end: number
  readonly rate: number
  readonly problem?: LineProblem
}

function readParts(text: string, from: number, read: SamplesRead): PartsRead {
  let end = from
  let rate = 1
  let problem: LineProblem | undefined
  while (text[end] === '|') {
    const start = end + 1
    const isWhole = /^(?:#|c:|e:|card:)/.test(text.slice(start, start + 5))
    end = endOf(text, start, isWhole ? isPartEnd : isTypeEnd)
    const part = text.slice(start, end)
    if (isWhole) read.isDogStatsd = true
    if (part.startsWith('#')) read.tags = part.slice(1)
    else if (part.startsWith('@')) {
      const given = readRate(part.slice(1))
      if (given === undefined) problem = 'invalid_rate'
      else rate = given
    } else if (!isWhole && !/^T\d+$/.test(part)) problem = 'malformed_part'
  }
  return problem === undefined ? { end, rate } : { end, rate, problem }
}

/** No client sends one of more than 10^9 samples; a smaller rate lets one line swamp the sum, up to infinity. */
const rateMin = 1e-9

/** A rate of 0 counts as 1, as in every StatsD server: some clients write it when they do not sample. */
function readRate(text: string): number | undefined {
  const rate = text === '' ? Number.NaN : Number(text)
  if (rate === 0) return 1
  return rate >= rateMin && rate <= 1 ? rate : undefined
}

function isStatsdType(text: string): text is StatsdType {
  return text === 'c' || text === 'g' || text === 'ms' || text === 'h' || text === 'd' || text === 's'
}
