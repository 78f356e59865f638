/** A line of Go's standard logger, of slog's default handler, or of nobody that we know. */
import { utcTime } from '@podmates/shared/world/calendar.ts'
import type { LogRecord } from './record.ts'
import { severityNumber } from './severity.ts'

/** `2009/11/10 23:00:00.123456 main.go:23: message`, with the flags of package log that are in use. */
const standard = /^(\d{4})\/(\d{2})\/(\d{2}) (\d{2}:\d{2}:\d{2})(\.\d{6})? (?:([^\s:]+\.go):(\d+): )?(.*)$/s

/** slog's default handler puts the level before the message. */
const levelled = /^(DEBUG|INFO|WARN|ERROR)([+-]\d+)? (.*)$/s

/** The standard logger writes no zone; containers run in UTC, and so is it read. */
export function plainRecord(line: string): LogRecord {
  const [, year, month, day, time, fraction = '', file, number, rest] = standard.exec(line) ?? []
  if (year === undefined) return { severity_number: 0, body: line, attributes: {} }
  const timestamp = utcTime(`${year}-${month}-${day}T${time}${fraction}Z`)
  const [, name, offset = '', message] = levelled.exec(rest ?? '') ?? []
  const level = name === undefined ? undefined : `${name}${offset}`
  return {
    ...(timestamp !== undefined && { timestamp }),
    ...(level !== undefined && { severity_text: level }),
    severity_number: level === undefined ? 0 : severityNumber(level),
    body: message ?? rest ?? '',
    attributes: file === undefined ? {} : { 'code.file.path': file, 'code.line.number': Number(number) },
  }
}
