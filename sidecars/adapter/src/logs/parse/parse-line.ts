/** One line of the app's log, whatever its logger, as a record. */
import { recordOf } from './from-fields.ts'
import { jsonFields } from './json-line.ts'
import { logfmtFields } from './logfmt-line.ts'
import { plainRecord } from './plain-line.ts'
import type { LogRecord } from './record.ts'

export const lineFormats = ['auto', 'json', 'logfmt', 'plain'] as const
export type LineFormat = (typeof lineFormats)[number]

/**
 * `auto` decides for each line anew: a Go app mixes its logger's lines with those of its runtime. A line that
 * is not of the format asked for is kept as plain text. Never throws.
 */
export function parseLine(line: string, format: LineFormat): LogRecord {
  const fields = fieldsOf(line, format)
  return fields === undefined ? plainRecord(line) : recordOf(fields)
}

function fieldsOf(line: string, format: LineFormat): Readonly<Record<string, unknown>> | undefined {
  switch (format) {
    case 'auto':
      return jsonFields(line) ?? logfmtFields(line)
    case 'json':
      return jsonFields(line)
    case 'logfmt':
      return logfmtFields(line)
    case 'plain':
      return undefined
  }
}
