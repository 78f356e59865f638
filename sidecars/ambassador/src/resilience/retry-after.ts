/** What a server asks of those who want to try again: `Retry-After`, and the older `X-RateLimit-Reset` of many APIs. */
import { parseHttpDate } from '@podmates/shared/world/http-date.ts'

/**
 * Milliseconds to wait, 0..300_000; `too_long`: it wants to be left alone for longer; undefined: it asked for nothing
 * that can be read. Only the number may reach breaker and balancer: a server with a wrong date would be shut out for
 * hours.
 */
export type RetryAfter = number | 'too_long' | undefined

/** Envoy's limit too. */
const longestMs = 300_000

/**
 * Reads Retry-After: seconds or a date (RFC 9110, 10.2.3). A date that has passed is 0.
 * @param wallMs ms since the epoch
 * @returns undefined if unreadable. Never throws.
 */
export function parseRetryAfter(value: string, wallMs: number): RetryAfter {
  if (/^\d+$/.test(value)) return bounded(Number(value) * 1000)
  const dateMs = parseHttpDate(value, wallMs)
  return dateMs === undefined ? undefined : bounded(dateMs - wallMs)
}

/** A number of seconds from here on is a date: September 2001, for nobody is told to wait 31 years. */
const firstDateSeconds = 1_000_000_000

/**
 * Reads X-RateLimit-Reset, which no standard defines: some servers send the seconds to wait, others the time in
 * seconds since the epoch. For answers without Retry-After.
 * @param wallMs ms since the epoch
 * @returns undefined if unreadable. Never throws.
 */
export function parseRateLimitReset(value: string, wallMs: number): RetryAfter {
  if (!/^\d+$/.test(value)) return undefined
  const seconds = Number(value)
  return bounded(seconds < firstDateSeconds ? seconds * 1000 : seconds * 1000 - wallMs)
}

function bounded(ms: number): RetryAfter {
  return ms > longestMs ? 'too_long' : Math.max(0, ms)
}
