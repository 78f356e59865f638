/**
 * Writes a line that comes again and again once, and then how often: `repeated: 57`. For warnings whose cause
 * lasts, such as an upstream that is down. Lines are the same when level, sentence and fields are; nothing is
 * lost but the moments of the repetitions.
 */
import type { Cancel, Clock } from '../world/clock.ts'
import { type LogFields, type Logger, type LogLevel, logLevels } from './logger.ts'

export interface CollapsingLogger extends Logger {
  /** Writes at once what has been held back; call it when the owner stops. */
  flush(): void
}

export interface CollapseRules {
  /** A line that repeats is written once in this many milliseconds. */
  readonly everyMs: number
}

/** Lines told apart at a time; beyond them every line is written, as without this wrapper. */
const heldLinesMax = 100

interface HeldLine {
  repeated: number
  readonly write: (repeated: number) => void
  cancel: Cancel
}

export function collapseRepeats(log: Logger, { everyMs }: CollapseRules, clock: Clock): CollapsingLogger {
  const held = new Map<string, HeldLine>()

  return Object.assign(over(log, ''), { flush })

  function over(target: Logger, context: string): Logger {
    const [trace, debug, info, warn, error] = logLevels.map((level) => writer(target, level, context)) as Writers
    return {
      get level() {
        return target.level
      },
      set level(next) {
        target.level = next
      },
      trace,
      debug,
      info,
      warn,
      error,
      child: (fields) => over(target.child(fields), context + identity(fields)),
    }
  }

  function writer(target: Logger, level: LogLevel, context: string): Write {
    return (fields, message) => {
      const key = `${level} ${message} ${context}${identity(fields)}`
      const line = held.get(key)
      if (line !== undefined) {
        line.repeated += 1
        return
      }
      target[level](fields, message)
      if (held.size >= heldLinesMax) return
      hold(key, { repeated: 0, cancel: () => {}, write: (repeated) => target[level]({ ...fields, repeated }, message) })
    }
  }

  function hold(key: string, line: HeldLine): void {
    held.set(key, line)
    line.cancel = clock.after(everyMs, () => {
      held.delete(key)
      if (line.repeated === 0) return
      line.write(line.repeated)
      hold(key, { ...line, repeated: 0 })
    })
  }

  function flush(): void {
    for (const line of held.values()) {
      line.cancel()
      if (line.repeated > 0) line.write(line.repeated)
    }
    held.clear()
  }
}

/** Fields as a text that tells lines apart; an Error by its message, since JSON shows nothing of it. */
function identity(fields: LogFields): string {
  return JSON.stringify(fields, (_name, value: unknown) => {
    if (value instanceof Error) return value.message
    return typeof value === 'bigint' ? String(value) : value
  })
}

type Write = (fields: LogFields, message: string) => void
type Writers = [Write, Write, Write, Write, Write]
