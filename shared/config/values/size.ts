/**
 * Sizes: `64KiB`, `2GiB` (powers of 1024), `64KB` (powers of 1000), or a bare count of bytes. In code they
 * are bytes, and names end in `Bytes`.
 */
import { type ValueType, valueType } from '../value-type.ts'

const binaryUnits = [
  { unit: 'TiB', bytes: 1024 ** 4 },
  { unit: 'GiB', bytes: 1024 ** 3 },
  { unit: 'MiB', bytes: 1024 ** 2 },
  { unit: 'KiB', bytes: 1024 },
] as const

const bytesOfUnit: Readonly<Record<string, number>> = {
  ...Object.fromEntries(binaryUnits.map(({ unit, bytes }) => [unit, bytes])),
  TB: 1e12,
  GB: 1e9,
  MB: 1e6,
  KB: 1e3,
  kB: 1e3,
  B: 1,
  '': 1,
}

const pattern = /^(\d+(?:\.\d+)?)(TiB|GiB|MiB|KiB|TB|GB|MB|KB|kB|B|)$/

/** Reads `64KiB`, `1.5MiB`, `512`. @returns whole bytes; undefined when it is no size or beyond 2^53. Never throws. */
export function parseSize(text: string): number | undefined {
  const match = pattern.exec(text)
  if (match === null) return undefined
  const bytes = Number(match[1]) * (bytesOfUnit[match[2] ?? ''] ?? 1)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** Writes bytes in the largest binary unit that keeps them exact: 65_536 is `64KiB`, 1000 is `1000B`. */
export function formatSize(bytes: number): string {
  const fitting = bytes === 0 ? undefined : binaryUnits.find((each) => bytes % each.bytes === 0)
  return fitting === undefined ? `${bytes}B` : `${bytes / fitting.bytes}${fitting.unit}`
}

/** The smallest and the largest size allowed, both in the notation of the configuration. */
export interface SizeLimits {
  readonly min?: string
  readonly max?: string
}

/** A size in the configuration; bytes in code. */
export function size(limits: SizeLimits = {}): ValueType<number> {
  const min = limits.min === undefined ? 0 : sizeOf(limits.min)
  const max = limits.max === undefined ? Number.MAX_SAFE_INTEGER : sizeOf(limits.max)
  const range =
    limits.min === undefined && limits.max === undefined ? undefined : `${formatSize(min)} to ${formatSize(max)}`
  return valueType({
    name: 'size',
    expects: `a size${range === undefined ? '' : ` of ${range}`}, such as 512B, 64KiB or 2GiB`,
    read: (input) => {
      const bytes = parseSize(String(input))
      if (bytes === undefined) return { ok: false }
      if (bytes < min || bytes > max) return { ok: false, code: 'PM0111', expected: `a size of ${range}` }
      return { ok: true, value: bytes }
    },
    format: formatSize,
    json: { type: ['string', 'integer'], pattern: pattern.source },
    ...(range === undefined ? {} : { range }),
  })
}

/** For sizes that the program itself writes down. Throws when the text is none: that is a defect. */
export function sizeOf(text: string): number {
  const bytes = parseSize(text)
  if (bytes === undefined) throw new TypeError(`"${text}" is no size`)
  return bytes
}
