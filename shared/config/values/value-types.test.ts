/** The laws that every value type keeps; what each of them reads is in its own test. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Notation, ValueType } from '../value-type.ts'
import { address, tcpAddress } from './address.ts'
import { duration } from './duration.ts'
import { durationRange } from './duration-range.ts'
import { fileMode } from './file-mode.ts'
import { decimal, port, ratio, wholeNumber } from './number.ts'
import { size } from './size.ts'
import { absolutePath, httpUrl, text, textLike, urlOf } from './text.ts'

interface Case {
  readonly name: string
  readonly type: ValueType<unknown>
  /** Every value that the type can have. */
  readonly values: fc.Arbitrary<unknown>
}

function lawCase<Output>(name: string, type: ValueType<Output>, values: fc.Arbitrary<Output>): Case {
  return { name, type: type as ValueType<unknown>, values }
}

const durations = fc.nat(2_147_483_647)
const ports = fc.integer({ min: 0, max: 65_535 })
const hosts = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain())
const tcpAddresses = fc.record({ host: hosts, port: ports })
const unixPaths = fc.stringMatching(/^\/[a-z/._-]{1,60}$/).map((path) => ({ path }))

const cases = [
  lawCase('duration', duration(), durations),
  lawCase('duration with limits', duration({ min: '1s', max: '1h' }), fc.integer({ min: 1000, max: 3_600_000 })),
  lawCase(
    'duration range',
    durationRange(),
    fc.tuple(durations, durations).map(([a, b]) => ({ minMs: Math.min(a, b), maxMs: Math.max(a, b) })),
  ),
  lawCase('size', size(), fc.nat(Number.MAX_SAFE_INTEGER)),
  lawCase('size with limits', size({ min: '1KiB', max: '1MiB' }), fc.integer({ min: 1024, max: 1_048_576 })),
  lawCase('address', address(), fc.oneof(tcpAddresses, unixPaths)),
  lawCase('TCP address', tcpAddress(), tcpAddresses),
  lawCase('port', port(), fc.integer({ min: 1, max: 65_535 })),
  lawCase('ratio', ratio(), fc.double({ min: 0, max: 1, noNaN: true })),
  lawCase('whole number', wholeNumber({ min: -5, max: 1000 }), fc.integer({ min: -5, max: 1000 })),
  lawCase('decimal', decimal({ min: 0, max: 3600 }), fc.double({ min: 0, max: 3600, noNaN: true })),
  lawCase('file mode', fileMode(), fc.nat(0o7777)),
  lawCase('text', text(), fc.string({ minLength: 1 })),
  lawCase('text of a form', textLike(/^[A-Z]+$/, 'capitals'), fc.stringMatching(/^[A-Z]{1,9}$/)),
  lawCase('absolute path', absolutePath(), fc.stringMatching(/^\/[ -~]{0,30}$/)),
  lawCase('http URL', httpUrl(), fc.webUrl({ withQueryParameters: true })),
  lawCase(
    'URL',
    urlOf(['postgres']),
    fc.webUrl().map((url) => url.replace(/^https?/, 'postgres')),
  ),
]

const anyNotation: fc.Arbitrary<Notation> = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom(...'0123456789.hmsKMGTiBkob:[]/%- unix') }),
  fc.double(),
  fc.integer(),
)

describe.each(cases)('$name', ({ type, values }) => {
  it('reads back what it writes', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(type.read(type.format(value))).toEqual({ ok: true, value })
      }),
    )
  })

  it('has one canonical notation for a value, however it was written', () => {
    fc.assert(
      fc.property(anyNotation, (input) => {
        const reading = type.read(input)
        if (!reading.ok) return
        const canonical = type.format(reading.value)
        const again = type.read(canonical)
        expect(again).toEqual({ ok: true, value: reading.value })
      }),
    )
  })

  it('answers every text and every number, and never throws', () => {
    fc.assert(fc.property(anyNotation, (input) => typeof type.read(input).ok === 'boolean'))
  })

  it('has a JSON Schema that accepts all it reads, so that no editor marks a good config', () => {
    const notations = fc.oneof(anyNotation, values.map(type.format))
    fc.assert(
      fc.property(notations, (input) => {
        if (type.read(input).ok) expect(jsonAccepts(type.json, input)).toBe(true)
      }),
    )
  })

  it('says what it expects as a noun, to stand behind "expected"', () => {
    expect(type.expects).not.toMatch(/^[A-Z]|[.!]$/)
  })
})

/** The few keywords that value types use (JSON Schema 2020-12, Validation). */
function jsonAccepts(schema: Readonly<Record<string, unknown>>, input: Notation): boolean {
  const types = [schema.type].flat()
  if (typeof input === 'string') {
    const { pattern, minLength = 0 } = schema as { pattern?: string; minLength?: number }
    return types.includes('string') && input.length >= minLength && new RegExp(pattern ?? '', 'u').test(input)
  }
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema as Record<string, number>
  const isType = types.includes('number') || (types.includes('integer') && Number.isInteger(input))
  return isType && input >= minimum && input <= maximum
}
