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

/** The longest duration: a timer of the runtime holds no more. */
export const longestDurationMs = 2_147_483_647

/** How people are told of it: nobody wants to read 596h31m23.647s. */
const longestInWords = '24.8 days'

/**
 * Reads `250ms`, `1.5s`, `1h30m`; `0` needs no unit.
 * @returns whole milliseconds, 0..2_147_483_647; undefined when it is no such duration. Never throws.
 */
export function parseDuration(text: string): number | undefined {
  const ms = readDuration(text)
  return ms !== undefined && ms <= longestDurationMs ? ms : undefined
}

/** Like `parseDuration`, however long it is. */
function readDuration(text: string): number | undefined {
  if (text === '0') return 0
  const match = text === '' ? null : pattern.exec(text)
  if (match === null) return undefined
  return Math.round(units.reduce((sum, { ms }, index) => sum + Number(match[index + 1] ?? 0) * ms, 0))
}

/**
 * Writes milliseconds as they are, in units that are easy to read: 90_000 is `1m30s`, 1_997 is `1.997s`. `parseDuration`
 * gives them back. @param ms whole, not negative
 */
export function formatDuration(ms: number): string {
  const hours = Math.floor(ms / 3_600_000)
  const minutes = Math.floor(ms / 60_000) % 60
  const rest = ms % 60_000
  const text = (hours > 0 ? `${hours}h` : '') + (minutes > 0 ? `${minutes}m` : '')
  if (rest === 0) return text === '' ? '0s' : text
  return text + (rest < 1000 ? `${rest}ms` : `${rest / 1000}s`)
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
  const range = `${formatDuration(min)} to ${limits.max === undefined ? longestInWords : formatDuration(max)}`
  const isLimited = limits.min !== undefined || limits.max !== undefined
  return valueType({
    name: 'duration',
    expects: `a duration${isLimited ? ` of ${range}` : ''}, such as 250ms, 5s or 1m`,
    read: (input) => {
      const ms = readDuration(String(input))
      if (ms === undefined) return { ok: false, ...unitHint(input) }
      if (ms < min || ms > max) return { ok: false, code: 'PM0111', expected: `a duration of ${range}` }
      return { ok: true, value: ms }
    },
    format: formatDuration,
    // A number may only be the 0 that needs no unit: the limits apply to numbers alone.
    json: { type: ['string', 'integer'], pattern: jsonPattern, minimum: 0, maximum: 0 },
    ...(isLimited ? { range } : {}),
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
