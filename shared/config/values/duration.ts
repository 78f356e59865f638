/**
 * Durations: `250ms`, `5s`, `1m`, `1h`, `1h30m`. In code they are milliseconds, and names end in `Ms`.
 * A bare number is refused: its unit would be a guess.
 */
import { type ValueType, valueType } from '../value-type.ts'

/** From the largest unit down: the order in which a duration is written. */
const units = [
  { unit: 'h', ms: 3_600_000 },
  { unit: 'm', ms: 60_000 },
  { unit: 's', ms: 1000 },
  { unit: 'ms', ms: 1 },
] as const

const pattern = /^(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/

const jsonPattern = `^0$|${pattern.source.replace('^', '^(?=.)')}`

/** The longest duration, 24 days: a timer of the runtime holds no more. */
export const longestDurationMs = 2_147_483_647

/**
 * Reads `250ms`, `1.5s`, `1h30m`; `0` needs no unit.
 * @returns whole milliseconds, 0..2_147_483_647; undefined when it is no such duration. Never throws.
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  const match = text === '' ? null : pattern.exec(text)
  if (match === null) return undefined
  const ms = Math.round(units.reduce((sum, { ms }, index) => sum + Number(match[index + 1] ?? 0) * ms, 0))
  return ms <= longestDurationMs ? ms : undefined
}

/** Writes milliseconds in the largest units that keep them exact: 90_000 is `1m30s`. @param ms whole, not negative */
export function formatDuration(ms: number): string {
  let rest = ms
  let text = ''
  for (const { unit, ms: unitMs } of units) {
    const count = Math.floor(rest / unitMs)
    rest -= count * unitMs
    if (count > 0) text += `${count}${unit}`
  }
  return text === '' ? '0s' : text
}

/** The smallest and the largest duration allowed, both in the notation of the configuration. */
export interface DurationLimits {
  readonly min?: string
  readonly max?: string
}

/** A duration in the configuration; milliseconds in code. */
export function duration(limits: DurationLimits = {}): ValueType<number> {
  const min = limits.min === undefined ? 0 : durationOf(limits.min)
  const max = limits.max === undefined ? longestDurationMs : durationOf(limits.max)
  const range =
    limits.min === undefined && limits.max === undefined
      ? undefined
      : `${formatDuration(min)} to ${formatDuration(max)}`
  return valueType({
    name: 'duration',
    expects: `a duration${range === undefined ? '' : ` of ${range}`}, such as 250ms, 5s or 1m`,
    read: (input) => {
      const ms = parseDuration(String(input))
      if (ms === undefined) return { ok: false, ...unitHint(input) }
      if (ms < min || ms > max) return { ok: false, code: 'PM0111', expected: `a duration of ${range}` }
      return { ok: true, value: ms }
    },
    format: formatDuration,
    // A number may only be the 0 that needs no unit: the limits apply to numbers alone.
    json: { type: ['string', 'integer'], pattern: jsonPattern, minimum: 0, maximum: 0 },
    ...(range === undefined ? {} : { range }),
  })
}

function unitHint(input: string | number): { hint?: string } {
  return typeof input === 'number' && input > 0 ? { hint: `add the unit: ${input}s or ${input}ms` } : {}
}

/** For durations that the program itself writes down. Throws when the text is none: that is a defect. */
export function durationOf(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined) throw new TypeError(`"${text}" is no duration`)
  return ms
}
