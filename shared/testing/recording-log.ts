/** A log that keeps its lines as values, so that a test asserts sentences and fields, not text. */
import { type LogFields, type Logger, type LogLevel, logLevels } from '../log/logger.ts'

export interface LogLine {
  readonly level: LogLevel
  readonly message: string
  readonly fields: LogFields
}

export interface RecordingLog extends Logger {
  readonly lines: readonly LogLine[]
  /** The sentences alone, in order. */
  messages(): string[]
}

export function recordingLog(): RecordingLog {
  const lines: LogLine[] = []
  return { ...loggerInto(lines, {}), lines, messages: () => lines.map((line) => line.message) }
}

function loggerInto(lines: LogLine[], base: LogFields): Logger {
  const write = (level: LogLevel) => (fields: LogFields, message: string) => {
    lines.push({ level, message, fields: { ...base, ...fields } })
  }
  const [trace, debug, info, warn, error] = logLevels.map(write) as [Write, Write, Write, Write, Write]
  return {
    level: 'trace',
    trace,
    debug,
    info,
    warn,
    error,
    child: (fields) => loggerInto(lines, { ...base, ...fields }),
  }
}

type Write = (fields: LogFields, message: string) => void
