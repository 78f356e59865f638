/** Reads what a server asks of those who want to try again. */

/** A server that asks for more wants to be left alone for good; Envoy discards such values too. */
const longestMs = 300_000

/** The three forms of a date (RFC 9110, 5.6.7): of the present, of RFC 850, and of C's asctime. */
const dateForms = [
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
] as const

/**
 * Reads Retry-After: seconds or a date (RFC 9110, 10.2.3).
 * @param wallMs ms since the epoch
 * @returns ms to wait, 0..300_000; undefined if unreadable or longer. Never throws.
 */
export function parseRetryAfter(value: string, wallMs: number): number | undefined {
  const waitMs = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : dateMs(value) - wallMs
  if (Number.isNaN(waitMs) || waitMs > longestMs) return undefined
  return Math.max(0, waitMs)
}

/** @returns ms since the epoch, or NaN */
function dateMs(value: string): number {
  const form = dateForms.findIndex((each) => each.test(value))
  // asctime names no zone; it is always UTC.
  return form < 0 ? Number.NaN : Date.parse(form === 2 ? `${value} GMT` : value)
}
