/** A record as one line of JSON on stdout. */
import type { LogRecord } from '../parse/record.ts'
import type { RawLine } from '../tail/line-splitter.ts'

/** Where a record came from, in the names of OpenTelemetry's semantic conventions (log attributes). */
export function originOf(path: string, line: RawLine): Readonly<Record<string, unknown>> {
  return { 'log.file.path': path, ...(line.partial && { 'log.partial': true }) }
}

/** @returns the line with its newline */
export function otelJson(record: LogRecord, origin: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ ...record, attributes: { ...record.attributes, ...origin } })}\n`
}
