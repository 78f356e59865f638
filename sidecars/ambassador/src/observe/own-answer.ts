/**
 * Writes the answers that the ambassador makes itself, as problem details (RFC 9457) with our stable
 * code: the app's developer sees in the response what happened, which endpoints were tried and why no
 * more were.
 */
import { STATUS_CODES } from 'node:http'
import type { Outcome } from './outcome.ts'
import type { RequestRecord } from './request-record.ts'

/** A whole message, ready to be written. */
export interface OwnAnswer {
  /** Status line and fields, without the empty line. */
  readonly head: string
  /** JSON, ASCII only. */
  readonly body: string
}

/**
 * Marks a 503 that comes of our own overload: an ambassador before us that retried it here would make it worse.
 * Envoy: x-envoy-overloaded.
 */
export const overloadedField = 'podmates-overloaded'

const overloadedLine = `${overloadedField}: true`

/** @param id stands in the log line too */
export function ownAnswer(outcome: Outcome, record: RequestRecord, id: string): OwnAnswer {
  const title = STATUS_CODES[outcome.status] ?? 'Error'
  const statusLine = `HTTP/1.1 ${outcome.status} ${title}`
  if (bodiless.has(outcome.status)) {
    const noLength = outcome.status === 205 ? 'content-length: 0\r\n' : ''
    return { head: `${statusLine}\r\n${noLength}podmates-error: ${outcome.code}\r\n`, body: '' }
  }
  const problem = {
    title,
    status: outcome.status,
    code: outcome.code,
    what: outcome.what,
    ...(record.upstream === '' ? {} : { upstream: record.upstream }),
    attempts: record.attempts,
    ...(record.notRetried === undefined ? {} : { notRetried: record.notRetried }),
    id,
  }
  const body = `${asciiJson(problem)}\n`
  const fields = [
    'content-type: application/problem+json',
    `content-length: ${body.length}`,
    `podmates-error: ${outcome.code}`,
    ...(outcome.status === 503 ? [`retry-after: ${Math.max(1, Math.ceil((outcome.retryAfterMs ?? 0) / 1000))}`] : []),
    ...(outcome.flag === 'UO' ? [overloadedLine] : []),
  ]
  return { head: `${statusLine}\r\n${fields.join('\r\n')}\r\n`, body }
}

/** A route may answer with these. What followed their heads would be taken for the next answer (RFC 9112, 6.3; of a 205: RFC 9110, 15.3.6). */
const bodiless = new Set([204, 205, 304])

/** With every other character escaped, so that characters are bytes. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
