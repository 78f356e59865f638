/**
 * Ranges of durations: `1s..60s`, as used by back-off and splay. One duration alone is a range of that one.
 */
import { type ValueType, valueType } from '../value-type.ts'
import { formatDuration, parseDuration } from './duration.ts'

/** Both ends belong to the range; `minMs` is not the larger one. */
export interface DurationRange {
  readonly minMs: number
  readonly maxMs: number
}

/** Reads `1s..60s` or `5s`. @returns undefined when it is no range or the end lies before the start. Never throws. */
export function parseDurationRange(text: string): DurationRange | undefined {
  const [from = '', to = from, ...more] = text.split('..')
  const [minMs, maxMs] = [parseDuration(from.trim()), parseDuration(to.trim())]
  if (minMs === undefined || maxMs === undefined || more.length > 0 || maxMs < minMs) return undefined
  return { minMs, maxMs }
}

/** Writes a range as `1s..1m`, a range of one duration as that duration. */
export function formatDurationRange({ minMs, maxMs }: DurationRange): string {
  return minMs === maxMs ? formatDuration(minMs) : `${formatDuration(minMs)}..${formatDuration(maxMs)}`
}

/** A range of durations in the configuration; both ends in milliseconds in code. */
export function durationRange(): ValueType<DurationRange> {
  return valueType({
    name: 'duration range',
    expects: 'a range of durations such as 1s..60s, smaller end first',
    read: (input) => {
      const value = parseDurationRange(String(input))
      return value === undefined ? { ok: false } : { ok: true, value }
    },
    format: formatDurationRange,
    json: { type: ['string', 'integer'], pattern: '^[0-9.hms ]+$', minimum: 0, maximum: 0 },
  })
}
