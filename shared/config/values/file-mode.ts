/**
 * File modes: `0640`, `2770`, always octal, with or without the leading zero. YAML 1.2 itself reads `0640` as
 * the decimal 640, so the digits are taken as written (the loader keeps a leading zero or `0o` as text).
 */
import { type ValueType, valueType } from '../value-type.ts'

const pattern = /^(?:0o|0)?[0-7]{3,4}$/

/** Reads octal digits: `640`, `0640`, `0o640`. @returns 0..0o7777; undefined when it is no mode. Never throws. */
export function parseFileMode(text: string): number | undefined {
  return pattern.test(text) ? Number.parseInt(text.replace('o', ''), 8) : undefined
}

/** Writes a mode as four octal digits: `0640`. */
export function formatFileMode(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

/** The permissions of a file or directory; a number for `open` and `chmod` in code. */
export function fileMode(): ValueType<number> {
  return valueType({
    name: 'file mode',
    expects: 'a file mode in octal digits such as 0640',
    read: (input) => {
      const value = parseFileMode(String(input))
      return value === undefined ? { ok: false } : { ok: true, value }
    },
    format: formatFileMode,
    json: { type: ['string', 'integer'], pattern: pattern.source },
  })
}
