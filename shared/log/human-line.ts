/** A log line for a person at a terminal: `12:03:04.123 warn  retrying on another endpoint  route=/ attempt=2`. */
import { stripVTControlCharacters, styleText } from 'node:util'

const colours = { trace: 'gray', debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const

/**
 * @param line JSON as the logger writes it; anything else comes back as it is
 * @returns the line with its newline, and an error's stack on lines of its own
 */
export function humanLine(line: string, { colour }: { readonly colour: boolean }): string {
  const entry = parse(line)
  if (entry === undefined) return line
  const { time, level, sidecar: _sidecar, msg, ...fields } = entry
  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    colour ? styleText(format, text, { validateStream: false }) : text
  const name = String(level)
  const levelColour = name in colours ? colours[name as keyof typeof colours] : 'white'
  const values = Object.entries(fields).map(([key, value]) => `${style('dim', `${key}=`)}${shown(value)}`)
  const head = [
    style('dim', String(time).slice(11, 23)),
    style(levelColour, name.padEnd(5)),
    stripVTControlCharacters(String(msg)),
  ]
  return `${head.join(' ')}${values.length > 0 ? `  ${values.join(' ')}` : ''}${stackOf(fields.err)}\n`
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const entry: unknown = JSON.parse(line)
    return typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** A value in as few letters as keep it readable; quoted where it would run into its neighbours. */
function shown(value: unknown): string {
  if (typeof value === 'string') return /^[\w./:@%+-]+$/.test(value) ? value : JSON.stringify(value)
  if (isLoggedError(value)) return JSON.stringify(value.message)
  return JSON.stringify(value)
}

function stackOf(value: unknown): string {
  return isLoggedError(value) && typeof value.stack === 'string'
    ? `\n${stripVTControlCharacters(value.stack).replace(/^/gm, '    ')}`
    : ''
}

function isLoggedError(value: unknown): value is { message: string; stack?: unknown } {
  return typeof value === 'object' && value !== null && 'message' in value && 'type' in value
}
