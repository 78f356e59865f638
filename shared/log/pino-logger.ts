/**
 * The log of a sidecar, by pino: one JSON object per line. Where the lines go is `stdout-lines.ts`.
 */
import { pino } from 'pino'
import { isoTime } from '../world/calendar.ts'
import type { Clock } from '../world/clock.ts'
import { isWritten, type LogFields, type Logger, type LogLevel } from './logger.ts'
import type { Redaction } from './redaction.ts'

export interface LoggerOptions {
  /** Stands in each line as `sidecar`. */
  readonly sidecar: string
  readonly level: LogLevel
}

export interface LoggerWorld {
  readonly clock: Clock
  readonly redaction: Redaction
  /** Takes one line with its newline. */
  readonly write: (line: string) => void
}

export function createLogger(options: LoggerOptions, { clock, redaction, write }: LoggerWorld): Logger {
  const root = pino(
    {
      level: 'trace',
      base: { sidecar: options.sidecar },
      timestamp: () => `,"time":"${isoTime(clock.wall())}"`,
      // The redaction has made plain values of errors already; pino would take those for errors of its own.
      serializers: { err: (plain: unknown) => plain },
      formatters: { level: (label) => ({ level: label }), log: (fields) => redaction.fields(fields) },
    },
    { write },
  )
  return familyOf(root, options.level, redaction)
}

/** A logger whose level is shared with all its descendants; pino's own children keep the level they were born with. */
function familyOf(root: pino.Logger, firstLevel: LogLevel, redaction: Redaction): Logger {
  let level = firstLevel

  const member = (target: pino.Logger): Logger => {
    const writer = (of: LogLevel) => (fields: LogFields, message: string) => {
      if (isWritten(of, level)) target[of](fields, redaction.text(message))
    }
    return {
      get level() {
        return level
      },
      set level(next) {
        level = next
      },
      trace: writer('trace'),
      debug: writer('debug'),
      info: writer('info'),
      warn: writer('warn'),
      error: writer('error'),
      child: (fields) => member(target.child(redaction.fields(fields))),
    }
  }
  return member(root)
}
