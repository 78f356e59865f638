/**
 * How long the caller will wait, as it says itself: the time that a route allows can only become shorter by it.
 * What is left goes on with the request, so that nobody down the line works for a caller that has gone.
 * (gRPC has a field of its own, `grpc-timeout`, which belongs to gRPC and is not read here.)
 */

import { longestDurationMs, parseDuration } from '@podmates/shared/config/values/duration.ts'
import { envoyControls } from '../http1/envoy-controls.ts'

/** The fields that say it, as they came. */
export interface StatedTimeouts {
  /** `x-request-timeout`: a duration as in the configuration and as Go writes it (`250ms`, `1.5s`, `1m0s`), or milliseconds without a unit. */
  readonly requestTimeout: string | undefined
  /** `x-envoy-upstream-rq-timeout-ms`: milliseconds. */
  readonly envoyTimeout: string | undefined
}

/**
 * The smaller of the two. Zero sets no limit, as in Envoy; what is negative, longer than 24 days or no time at all
 * is as if it had not been said: a caller can shorten its own request, and nothing else.
 * @returns ms, above 0 and up to 2_147_483_647; undefined when none is stated. Never throws.
 */
export function statedTimeoutMs({ requestTimeout, envoyTimeout }: StatedTimeouts): number | undefined {
  const own = requestTimeout === undefined ? undefined : (wholeMs(requestTimeout) ?? durationMs(requestTimeout))
  const envoys = envoyTimeout === undefined ? undefined : wholeMs(envoyTimeout)
  if (own === undefined || envoys === undefined) return own ?? envoys
  return Math.min(own, envoys)
}

function wholeMs(text: string): number | undefined {
  return /^\d+$/.test(text) ? positive(Number(text)) : undefined
}

function durationMs(text: string): number | undefined {
  return positive(parseDuration(text))
}

function positive(ms: number | undefined): number | undefined {
  return ms !== undefined && ms > 0 && ms <= longestDurationMs ? ms : undefined
}

const timeoutLine = /^(?:x-request-timeout|x-envoy-upstream-rq-timeout-ms|x-envoy-expected-rq-timeout-ms):.*\r\n/gim

/**
 * The fields of a request with what is left of its time, in place of what the caller had stated.
 * @param fields lines, each with its CRLF
 * @param leftMs of the request, or of the attempt where that is less; rounded down, so that the upstream does not
 * outlast us, and at least 1, for 0 would mean no limit
 */
export function withTimeLeft(fields: string, leftMs: number): string {
  const ms = Math.max(1, Math.floor(leftMs))
  return `${fields.replace(timeoutLine, '')}x-request-timeout: ${ms}ms\r\nx-envoy-expected-rq-timeout-ms: ${ms}\r\n`
}

const controlLine = new RegExp(
  `^(?:x-request-timeout|x-envoy-upstream-rq-timeout-ms|${[...envoyControls].join('|')}):.*\\r\\n`,
  'gim',
)

/** The fields of a request without any time that its caller stated, and without what would steer an Envoy. */
export function withoutControls(fields: string): string {
  return fields.replace(controlLine, '')
}
