/** Numbers straight from the bytes of a line. */

const zero = 0x30
const dot = 0x2e
const minus = 0x2d

/** With so many digits, the number and the power of ten below it are exact doubles, so that their quotient is the nearest one. */
const exactDigits = 15

const anyNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

/**
 * Reads a decimal number; exactly the double that `Number` gives.
 * @returns NaN when the bytes from `start` to `end` are no finite decimal number. Never throws.
 */
export function decimalOf(bytes: Buffer, start: number, end: number): number {
  // Hot: nearly every value is a few digits, with or without a dot; 20 ns in place of the 150 of a slice and Number (test/bench/adapter).
  // Safe: anything else takes the slow way, and a property test holds the two against each other.
  const isNegative = bytes[start] === minus
  const first = isNegative ? start + 1 : start
  let value = 0
  let digits = 0
  let scale = 0
  for (let at = first; at < end; at += 1) {
    const byte = bytes[at] as number
    if (byte === dot && scale === 0) {
      scale = 1
      continue
    }
    const digit = byte - zero
    if (digit < 0 || digit > 9) return slowDecimal(bytes.toString('latin1', start, end))
    value = value * 10 + digit
    scale *= 10
    digits += 1
  }
  if (digits === 0 || digits > exactDigits) return slowDecimal(bytes.toString('latin1', start, end))
  const size = scale > 1 ? value / scale : value
  return isNegative ? -size : size
}

/** Reads a decimal number from text, as `decimalOf` does from bytes. */
export function slowDecimal(text: string): number {
  const value = anyNumber.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(value) ? value : Number.NaN
}
