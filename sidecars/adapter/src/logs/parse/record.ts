/** A log line as the adapter understands it: the fields of the OpenTelemetry log data model, in our JSON's own names. */
export interface LogRecord {
  /** RFC 3339 in UTC, with the fraction that the app wrote; absent when the line has no time. */
  readonly timestamp?: string
  /** As the app wrote it, for example `WARN` or `DEBUG-2`. */
  readonly severity_text?: string
  /** 1..24 (OpenTelemetry log data model, SeverityNumber); 0 where the line tells none. */
  readonly severity_number: number
  readonly body: string
  readonly trace_id?: string
  readonly span_id?: string
  readonly attributes: Readonly<Record<string, unknown>>
}
