/** Turns the fields of a structured line into a record: the well-known keys find their places, the rest are attributes. */
import type { LogRecord } from './record.ts'
import { severityNumber } from './severity.ts'
import { timestampOf } from './timestamp.ts'

type Fields = Readonly<Record<string, unknown>>

/** The names of slog, zap, zerolog and logrus, in the order in which they are tried. */
const timeKeys = ['time', 'ts', 'timestamp', '@timestamp']
const levelKeys = ['level', 'severity', 'lvl']
const bodyKeys = ['msg', 'message']
const traceKeys = ['trace_id', 'traceId', 'traceID']
const spanKeys = ['span_id', 'spanId', 'spanID']

/** A key whose value cannot be read stays an attribute, so that nothing which the app wrote is lost. */
export function recordOf(fields: Fields): LogRecord {
  const time = firstOf(fields, timeKeys, timestampOf)
  const level = firstOf(fields, levelKeys, levelOf)
  const body = firstOf(fields, bodyKeys, textOf)
  const trace = firstOf(fields, traceKeys, (value) => hexOf(value, 32))
  const span = firstOf(fields, spanKeys, (value) => hexOf(value, 16))
  const taken = new Set([time?.key, level?.key, body?.key, trace?.key, span?.key])
  return {
    ...(time && { timestamp: time.value }),
    ...(level && { severity_text: level.value }),
    severity_number: level === undefined ? 0 : severityNumber(level.value),
    body: body?.value ?? '',
    ...(trace && { trace_id: trace.value }),
    ...(span && { span_id: span.value }),
    attributes: Object.fromEntries(Object.entries(fields).filter(([key]) => !taken.has(key))),
  }
}

function firstOf<T>(
  fields: Fields,
  keys: readonly string[],
  read: (value: unknown) => T | undefined,
): { readonly key: string; readonly value: T } | undefined {
  for (const key of keys) {
    const value = key in fields ? read(fields[key]) : undefined
    if (value !== undefined) return { key, value }
  }
  return undefined
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const levelOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/** Trace context ids are lower-case hex of a fixed length (W3C Trace Context, 3.2.2). */
function hexOf(value: unknown, digits: number): string | undefined {
  return typeof value === 'string' && value.length === digits && /^[0-9a-f]+$/.test(value) ? value : undefined
}
