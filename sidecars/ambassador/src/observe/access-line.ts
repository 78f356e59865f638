/**
 * A request as a line of the log: the JSON object that the logger would make of the same fields.
 *
 * Hot: it comes with every request when `log.access` is `all`; by way of the logger it cost 8 us and a system call,
 * as a text of its own 1 us, and half of that since what lines have in common is kept (test/bench/ambassador).
 * Safe: only `host`, `path`, `method` and what `what` names are texts of others, and all are quoted.
 */
import { isoTime } from '@podmates/shared/world/calendar.ts'
import type { AttemptRecord, RequestRecord } from './request-record.ts'

export interface AccessLineFacts {
  readonly level: 'info' | 'warn'
  /** Milliseconds since the Unix epoch. */
  readonly wallMs: number
  readonly durationMs: number
}

/** @returns one JSON object and a newline */
export type AccessLine = (record: RequestRecord, facts: AccessLineFacts) => string

/** A container runtime cuts lines at 16 KiB. */
const textLengthMax = 8192

/** Addresses come and go with the Pods behind a name. */
const endpointsKept = 1024

/** 0 to 51.1 ms. Longer times are rare, and their texts are made each time. */
const tenths: readonly string[] = Array.from({ length: 512 }, (_, count) => String(count / 10))

/** @returns writes lines, the faster the more each is like the ones before */
export function accessLines(): AccessLine {
  // What lines have in common, each time in one piece: a piece of a text costs as much as 20 of its letters.
  let begin = { level: '', wallMs: Number.NaN, text: '' }
  let asked = { listener: '', method: '', host: '', text: '' }
  let tried = { upstream: '', text: '' }
  let answered = { status: Number.NaN, text: '' }
  const attemptBegins = { reused: new Map<string, string>(), fresh: new Map<string, string>() }

  return (record, { level, wallMs, durationMs }) => {
    const { listener, method, host, upstream } = record
    if (begin.wallMs !== wallMs || begin.level !== level) {
      const text = `{"level":"${level}","time":"${isoTime(wallMs)}","sidecar":"ambassador","id":"`
      begin = { level, wallMs, text: inOnePiece(text) }
    }
    if (asked.host !== host || asked.method !== method || asked.listener !== listener) {
      const text = `","listener":${quoted(listener)},"method":${quoted(method)},"host":${quoted(host)},"path":`
      asked = { listener, method, host, text: inOnePiece(text) }
    }
    if (tried.upstream !== upstream) {
      tried = { upstream, text: inOnePiece(`,"upstream":${quoted(upstream)},"attempts":[`) }
    }

    let line = `${begin.text}${record.id}${asked.text}${quoted(record.path)}${statusJson(record.status)}`
    if (record.flags.length > 0) line += `,"flags":${JSON.stringify(record.flags)}`
    if (record.code !== undefined) line += `,"code":"${record.code}","what":${quoted(record.what ?? '')}`
    if (upstream !== '') line += `${tried.text}${attemptsJson(record.attempts)}]`
    if (record.notRetried !== undefined) line += `,"not_retried":${quoted(record.notRetried)}`
    if (record.notHedged !== undefined) line += `,"not_hedged":"${record.notHedged}"`
    if (record.queueMs > 0) line += `,"queue_ms":${tenth(record.queueMs)}`
    if (record.answeredMs !== 0) line += `,"ttfb_ms":${tenth(record.answeredMs - record.startedMs)}`
    line += `,"duration_ms":${tenth(durationMs)},"request_bytes":${record.requestBytes}`
    return `${line},"response_bytes":${record.responseBytes},"msg":"request"}\n`
  }

  function attemptsJson(attempts: readonly AttemptRecord[]): string {
    let json = ''
    for (const attempt of attempts) json += json === '' ? attemptJson(attempt) : `,${attemptJson(attempt)}`
    return json
  }

  function attemptJson(attempt: AttemptRecord): string {
    const { ms, status, error } = attempt
    const end = error === undefined ? statusJson(status ?? 0) : `,"error":"${error}"`
    let json = `${attemptBegin(attempt)}${tenth(ms)}${end}`
    if (attempt.hedge !== undefined) json += ',"hedge":true'
    if (attempt.class !== undefined) json += `,"class":"${attempt.class}"`
    if (attempt.backoff_ms !== undefined) json += `,"backoff_ms":${attempt.backoff_ms}`
    return `${json}}`
  }

  function attemptBegin({ endpoint, reused }: AttemptRecord): string {
    const known = reused ? attemptBegins.reused : attemptBegins.fresh
    const before = known.get(endpoint)
    if (before !== undefined) return before
    if (known.size === endpointsKept) known.clear()
    const text = inOnePiece(`{"endpoint":${quoted(endpoint)},"reused":${reused},"ms":`)
    known.set(endpoint, text)
    return text
  }

  function statusJson(status: number): string {
    if (answered.status !== status) answered = { status, text: inOnePiece(`,"status":${status}`) }
    return answered.text
  }
}

/** Milliseconds, to the tenth. */
function tenth(ms: number): string {
  const count = Math.round(ms * 10)
  return tenths[count] ?? String(count / 10)
}

function inOnePiece(text: string): string {
  return Buffer.from(text).toString()
}

/** What JSON would write in another way. */
const special = /["\\]|[^\x20-\x7e]/

function quoted(text: string): string {
  const shown = text.length <= textLengthMax ? text : `${text.slice(0, textLengthMax)}[cut]`
  return special.test(shown) ? JSON.stringify(shown) : `"${shown}"`
}
