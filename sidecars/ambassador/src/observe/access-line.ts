/**
 * A request as a line of the log: the JSON object that the logger would make of the same fields.
 *
 * Hot: it comes with every request when `log.access` is `all`; by way of the logger it cost 8 us and a system call,
 * as a text of its own 1 us (test/bench/ambassador).
 * Safe: only `host`, `path`, `method` and what `what` names are texts of others, and all are quoted.
 */
import type { AttemptRecord, RequestRecord } from './request-record.ts'

export interface AccessLineFacts {
  readonly level: 'info' | 'warn'
  /** RFC 3339, UTC. */
  readonly time: string
  readonly durationMs: number
}

/** A container runtime cuts lines at 16 KiB. */
const textLengthMax = 8192

/** @returns one JSON object and a newline */
export function accessLine(record: RequestRecord, { level, time, durationMs }: AccessLineFacts): string {
  let line = `{"level":"${level}","time":"${time}","sidecar":"ambassador","id":"${record.id}","listener":${quoted(record.listener)}`
  line += `,"method":${quoted(record.method)},"host":${quoted(record.host)},"path":${quoted(record.path)},"status":${record.status}`
  if (record.flags.length > 0) line += `,"flags":${JSON.stringify(record.flags)}`
  if (record.code !== undefined) line += `,"code":"${record.code}","what":${quoted(record.what ?? '')}`
  if (record.upstream !== '') {
    line += `,"upstream":${quoted(record.upstream)},"attempts":[${record.attempts.map(attemptJson).join(',')}]`
  }
  if (record.notRetried !== undefined) line += `,"not_retried":${quoted(record.notRetried)}`
  if (record.notHedged !== undefined) line += `,"not_hedged":"${record.notHedged}"`
  if (record.queueMs > 0) line += `,"queue_ms":${rounded(record.queueMs)}`
  if (record.answeredMs !== 0) line += `,"ttfb_ms":${rounded(record.answeredMs - record.startedMs)}`
  line += `,"duration_ms":${rounded(durationMs)},"request_bytes":${record.requestBytes},"response_bytes":${record.responseBytes}`
  return `${line},"msg":"request"}\n`
}

function attemptJson(attempt: AttemptRecord): string {
  const { endpoint, reused, ms, status, error } = attempt
  const end = error === undefined ? `"status":${status ?? 0}` : `"error":"${error}"`
  let json = `{"endpoint":${quoted(endpoint)},"reused":${reused},"ms":${ms},${end}`
  if (attempt.hedge !== undefined) json += ',"hedge":true'
  if (attempt.class !== undefined) json += `,"class":"${attempt.class}"`
  if (attempt.backoff_ms !== undefined) json += `,"backoff_ms":${attempt.backoff_ms}`
  return `${json}}`
}

/** What JSON would write in another way. */
const special = /["\\]|[^\x20-\x7e]/

function quoted(text: string): string {
  const shown = text.length <= textLengthMax ? text : `${text.slice(0, textLengthMax)}[cut]`
  return special.test(shown) ? JSON.stringify(shown) : `"${shown}"`
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10
}
