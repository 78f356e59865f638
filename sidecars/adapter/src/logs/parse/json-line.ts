/** A line that is one JSON object: slog, zap, zerolog and logrus in their production settings. */

/** A whole number of so many digits may be beyond 2^53 and would lose its last ones as a JavaScript number. */
const manyDigits = /\d{16}/

/** @returns the fields, or undefined when the line is no JSON object. Never throws. */
export function jsonFields(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const value: unknown = manyDigits.test(line) ? JSON.parse(line, keepLargeIntegers) : JSON.parse(line)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Keeps an integer that a double cannot hold as the text that the app wrote. */
function keepLargeIntegers(_key: string, value: unknown, { source }: { source?: string } = {}): unknown {
  if (typeof value !== 'number' || source === undefined) return value
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? source : value
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
