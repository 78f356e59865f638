/**
 * Writes a line that comes again and again once, and then how often: `repeated: 57`. For warnings whose cause
 * lasts, such as an upstream that is down. Lines are the same when level, sentence and fields are; nothing is
 * lost but the moments of the repetitions. Different lines beyond a hundred share one, so that no input can
 * make more of them.
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
  /** Fields that do not tell lines apart, such as a name that comes from outside: the line shows the latest value. */
  readonly exampleFields?: readonly string[]
}

/** Lines told apart at a time; all beyond them are repetitions of one line for each level. */
const heldLinesMax = 100

interface HeldLine {
  repeated: number
  /** Of the latest repetition. */
  fields: LogFields
  readonly write: (line: { readonly fields: LogFields; readonly repeated: number }) => void
  cancel: Cancel
}

export function collapseRepeats(
  log: Logger,
  { everyMs, exampleFields = [] }: CollapseRules,
  clock: Clock,
): CollapsingLogger {
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
      const key = `${level} ${message} ${context}${identity(fields, exampleFields)}`
      if (repeats(key, fields)) return
      if (held.size >= heldLinesMax) return surplus(level, fields, message, target)
      target[level](fields, message)
      const write: HeldLine['write'] = (line) => target[level]({ ...line.fields, repeated: line.repeated }, message)
      hold(key, { repeated: 0, fields, cancel: () => {}, write })
    }
  }

  function surplus(level: LogLevel, fields: LogFields, message: string, target: Logger): void {
    const example = { example: message }
    if (repeats(level, example)) return
    target[level](fields, message)
    const write: HeldLine['write'] = (line) =>
      log[level]({ ...line.fields, repeated: line.repeated }, 'more different lines than are told apart')
    hold(level, { repeated: 0, fields: example, cancel: () => {}, write })
  }

  function repeats(key: string, fields: LogFields): boolean {
    const line = held.get(key)
    if (line === undefined) return false
    line.repeated += 1
    line.fields = fields
    return true
  }

  function hold(key: string, line: HeldLine): void {
    held.set(key, line)
    line.cancel = clock.after(everyMs, () => {
      held.delete(key)
      if (line.repeated === 0) return
      line.write(line)
      hold(key, { ...line, repeated: 0 })
    })
  }

  function flush(): void {
    for (const line of held.values()) {
      line.cancel()
      if (line.repeated > 0) line.write(line)
    }
    held.clear()
  }
}

/** Fields as a text that tells lines apart; an Error by its message, since JSON shows nothing of it. */
function identity(fields: LogFields, leftOut: readonly string[] = []): string {
  return JSON.stringify(fields, (name, value: unknown) => {
    if (leftOut.includes(name)) return undefined
    if (value instanceof Error) return value.message
    return typeof value === 'bigint' ? String(value) : value
  })
}

type Write = (fields: LogFields, message: string) => void
type Writers = [Write, Write, Write, Write, Write]
