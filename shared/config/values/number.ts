/** Numbers with a range: whole numbers, ports, ratios. */
import { type ValueType, valueType } from '../value-type.ts'

/** The smallest and the largest number allowed. */
export interface NumberLimits {
  readonly min: number
  readonly max: number
}

/** A whole number within limits, both included. */
export function wholeNumber({ min, max }: NumberLimits): ValueType<number> {
  return ranged('whole number', `a whole number ${min}..${max}`, { min, max }, Number.isSafeInteger, 'integer')
}

/** A TCP or UDP port, 1..65535. */
export function port(): ValueType<number> {
  return ranged('port', 'a port 1..65535', { min: 1, max: 65_535 }, Number.isSafeInteger, 'integer')
}

/** A share of a whole, 0..1; `20%` is refused with the number to write. */
export function ratio(): ValueType<number> {
  return ranged('ratio', 'a ratio 0..1', { min: 0, max: 1 }, Number.isFinite, 'number')
}

/** Any number within limits, both included; fractions are fine. */
export function decimal({ min, max }: NumberLimits): ValueType<number> {
  return ranged('number', `a number ${min}..${max}`, { min, max }, Number.isFinite, 'number')
}

function ranged(
  name: string,
  expects: string,
  { min, max }: NumberLimits,
  fits: (value: number) => boolean,
  jsonType: 'integer' | 'number',
): ValueType<number> {
  return valueType({
    name,
    expects,
    read: (input) => {
      if (typeof input !== 'number') return { ok: false, ...percentHint(name, input) }
      if (!fits(input)) return { ok: false }
      return input < min || input > max ? { ok: false, code: 'PM0111' } : { ok: true, value: input }
    },
    format: (value) => value,
    json: { type: jsonType, minimum: min, maximum: max },
    range: `${min} to ${max}`,
  })
}

function percentHint(name: string, input: string): { hint?: string } {
  const percent = name === 'ratio' ? /^(\d{1,3}(?:\.\d+)?)%$/.exec(input)?.[1] : undefined
  return percent === undefined || Number(percent) > 100 ? {} : { hint: `write ${Number(percent) / 100}` }
}
