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
  return { head: `HTTP/1.1 ${outcome.status} ${title}\r\n${fields.join('\r\n')}\r\n`, body }
}

/** With every other character escaped, so that characters are bytes. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
