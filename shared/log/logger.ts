/**
 * The log that parts write to: one JSON object per line, a constant sentence as `msg`, the values as
 * fields. Parts depend on this interface; `pino-logger.ts` is the one implementation.
 */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

/** Whether something read from outside is a log level. */
export function isLogLevel(value: unknown): value is LogLevel {
  return (logLevels as readonly unknown[]).includes(value)
}

/** Whether a line of this level is written by a log with that one. */
export function isWritten(line: LogLevel, log: LogLevel): boolean {
  return logLevels.indexOf(line) >= logLevels.indexOf(log)
}

/** Values by name. The names that every line has itself are not free: twice in one JSON object, one of them is lost. */
export type LogFields = Readonly<Record<string, unknown>> & {
  readonly level?: never
  readonly time?: never
  readonly sidecar?: never
  readonly msg?: never
}

/** What a part may do with the log; fields come first, then the sentence. */
export interface Logger {
  /** Changeable at run time, for this logger and all its children. */
  level: LogLevel
  trace(fields: LogFields, message: string): void
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  /** A logger that adds `fields` to each of its lines. */
  child(fields: LogFields): Logger
}
