/** The times that Go loggers write, as RFC 3339 in UTC. */
import { isoTime, utcTime } from '@podmates/shared/world/calendar.ts'

/** Above each bound the next finer unit is meant: seconds, milliseconds, microseconds, nanoseconds since the epoch. */
const secondsMax = 1e11
const millisecondsMax = 1e14
const microsecondsMax = 1e17

/** @returns undefined when the value is no time. Never throws. */
export function timestampOf(value: unknown): string | undefined {
  if (typeof value === 'string') return utcTime(value)
  if (typeof value !== 'number' || !(value >= 0)) return undefined
  const wallMs = millisecondsOf(value)
  return wallMs > 8.64e15 ? undefined : isoTime(wallMs)
}

function millisecondsOf(value: number): number {
  if (value < secondsMax) return value * 1e3
  if (value < millisecondsMax) return value
  if (value < microsecondsMax) return value / 1e3
  return value / 1e6
}
