/** What the containers say of themselves: JSON lines, of the sidecars and of the Go apps alike. */
import type { LogLine } from '../../kube/container-log.ts'

/** One line with its fields; `atMs` is when the node received it. */
export interface Told {
  readonly atMs: number
  readonly run: number
  readonly fields: Readonly<Record<string, unknown>>
}

/** Lines that are JSON objects; the rest is left out. */
export function toldLines(lines: readonly LogLine[]): readonly Told[] {
  return lines.flatMap(({ atMs, run, text }) => {
    const fields = fieldsOf(text)
    return fields === undefined ? [] : [{ atMs, run, fields }]
  })
}

/** The lines with this `msg`. */
export function linesSaying(lines: readonly LogLine[], msg: string): readonly Told[] {
  return toldLines(lines).filter(({ fields }) => fields.msg === msg)
}

/** Whether the line has this `msg`. */
export const says =
  (msg: string) =>
  ({ text }: LogLine): boolean =>
    fieldsOf(text)?.msg === msg

function fieldsOf(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The checkout app's own account of its requests. */
export interface AppAccount {
  readonly requests: number
  /** Requests that it answered with 5xx, each with what was wrong. */
  readonly failed: readonly string[]
  /** Of all requests, those whose answer came after `sinceMs`. */
  since(sinceMs: number): number
}

/** @param lines of the app `checkout` */
export function appAccount(lines: readonly LogLine[]): AppAccount {
  const told = toldLines(lines).filter(({ fields }) => /^request (answered|failed)$/.test(String(fields.msg)))
  return {
    requests: told.length,
    failed: told
      .filter(({ fields }) => fields.msg === 'request failed')
      .map(({ fields }) => `${fields.code} ${fields.error}`),
    since: (sinceMs) => told.filter(({ atMs }) => atMs > sinceMs).length,
  }
}

/** The app's lines as the adapter wrote them: records of the OpenTelemetry log data model. */
export function normalisedRecords(lines: readonly LogLine[]): readonly Told[] {
  return toldLines(lines).filter(({ fields }) => 'severity_text' in fields && 'body' in fields)
}

/** How the app's lines came through an adapter that may have read some of them twice. */
export interface Passage {
  readonly written: number
  readonly missing: number
  /** The times at which the app wrote what came twice, ms since the epoch. */
  readonly twiceMs: readonly number[]
}

/** Holds the adapter's records against the app's lines; the time of a line, to the nanosecond, tells which is which. */
export function passageOf(app: readonly LogLine[], adapter: readonly LogLine[]): Passage {
  const written = toldLines(app).map(({ fields }) => String(fields.time))
  const passed = normalisedRecords(adapter).map(({ fields }) => String(fields.timestamp))
  const once = new Set(passed)
  const seen = new Set<string>()
  const twice = passed.filter((time) => seen.has(time) || !seen.add(time))
  return {
    written: written.length,
    missing: written.filter((time) => !once.has(time)).length,
    twiceMs: twice.map((time) => Date.parse(time)),
  }
}
