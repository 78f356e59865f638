/**
 * Dates as text, RFC 3339 in UTC: the one place that knows the calendar. The present comes from a `Clock`,
 * never from here.
 */

/** @param wallMs ms since the Unix epoch @returns for example `2026-11-23T11:49:04.738Z` */
export function isoTime(wallMs: number): string {
  return new Date(wallMs).toISOString()
}

const rfc3339 = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(\.\d{1,9})?([Zz]|[+-]\d{2}:?\d{2})$/

/**
 * Reads a date with its zone and says it in UTC, with every digit of its fraction (Go logs nanoseconds).
 * @returns undefined when the text is no such date. Never throws.
 */
export function utcTime(text: string): string | undefined {
  const [, day, time, fraction = '', zone = ''] = rfc3339.exec(text) ?? []
  if (day === undefined) return undefined
  const offset = /^[Zz]$/.test(zone) ? 'Z' : zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone
  const wallMs = Date.parse(`${day}T${time}${offset}`)
  if (Number.isNaN(wallMs)) return undefined
  return `${isoTime(wallMs).slice(0, 19)}${fraction}Z`
}
