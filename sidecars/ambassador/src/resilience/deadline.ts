/**
 * How long the caller will wait, as it says itself: the time that a route allows can only become shorter by it.
 * What is left goes on with the request, so that nobody down the line works for a caller that has gone.
 */

/** The fields that say it: `250ms`, `2s`, `1m`, or plain milliseconds; and Envoy's, plain milliseconds. */
export interface StatedTimeouts {
  readonly requestTimeout: string | undefined
  readonly envoyTimeout: string | undefined
}

const units = { '': 1, ms: 1, s: 1000, m: 60_000 } as const

/** @returns ms, above 0 and finite; undefined when none is stated, or none that is readable. Never throws. */
export function statedTimeoutMs({ requestTimeout, envoyTimeout }: StatedTimeouts): number | undefined {
  const own = requestTimeout === undefined ? undefined : durationMs(requestTimeout)
  const envoys = envoyTimeout === undefined || !/^\d+$/.test(envoyTimeout) ? undefined : durationMs(envoyTimeout)
  if (own === undefined || envoys === undefined) return own ?? envoys
  return Math.min(own, envoys)
}

/** Nine digits: above a day in milliseconds, and no number that loses its last digits. Zero asks for nothing. */
function durationMs(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,9})(ms|s|m|)$/.exec(text) ?? []
  if (digits === undefined || !isUnit(unit)) return undefined
  const ms = Number(digits) * units[unit]
  return ms > 0 ? ms : undefined
}

function isUnit(text: string): text is keyof typeof units {
  return Object.hasOwn(units, text)
}

const timeoutLine = /^(?:x-request-timeout|x-envoy-upstream-rq-timeout-ms|x-envoy-expected-rq-timeout-ms):.*\r\n/gim

/**
 * The fields of a request with what is left of its time, in place of what the caller had stated.
 * @param fields lines, each with its CRLF
 * @param leftMs rounded down, 1 at least: 0 would mean no limit to some
 */
export function withTimeLeft(fields: string, leftMs: number): string {
  const ms = Math.max(1, Math.floor(leftMs))
  return `${fields.replace(timeoutLine, '')}x-request-timeout: ${ms}ms\r\nx-envoy-expected-rq-timeout-ms: ${ms}\r\n`
}
