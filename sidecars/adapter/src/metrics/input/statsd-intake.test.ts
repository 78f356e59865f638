import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { textFormat } from '../exposition/text-format.ts'
import { createSeriesRegistry, type SeriesLimits } from '../registry/series-registry.ts'
import { createStatsdIntake, type SignedGauge } from './statsd-intake.ts'

const roomy: SeriesLimits = { series: 1000, seriesPerMetric: 1000, ttlMs: 1000 }

function newIntake({
  signedGauge = 'auto' as SignedGauge,
  limits = roomy,
}: {
  signedGauge?: SignedGauge
  limits?: SeriesLimits
  rememberedMax?: number
} = {}) {
  const registry = createSeriesRegistry(limits, {})
  const counted: Record<string, number> = {}
  const count = (what: string): void => {
    counted[what] = (counted[what] ?? 0) + 1
  }
  const newMemory = () =>
    createStatsdIntake({ signedGauge, rememberedMax: 1000 }, registry, {
      line: () => count('lines'),
      sample: (type) => count(`sample ${type}`),
      invalid: (problem) => count(problem),
      refused: (refusal, name) => count(`${refusal} ${name}`),
    })
  let intake = newMemory()
  return {
    registry,
    counted,
    send: (text: string, nowMs = 0) => intake.packet(Buffer.from(text), nowMs),
    sendBytes: (bytes: Buffer) => intake.packet(bytes, 0),
    /** The next line of any kind is new again; the series stay. */
    forget: () => {
      intake = newMemory()
    },
    /** The samples of the page, without comments and without buckets. */
    page: () =>
      [...textFormat(registry.families())]
        .join('')
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#') && !line.includes('_bucket')),
  }
}

describe('means what statsd_exporter means, the first time a line is seen and every time after', () => {
  it.each([
    { lines: ['foo:2|c'], twice: ['foo 4'] },
    { lines: ['foo:1|c|@0.1'], twice: ['foo 20'] },
    { lines: ['foo:1|c|#a:x', 'foo:2|c|#a:y'], twice: ['foo{a="x"} 2', 'foo{a="y"} 4'] },
    { lines: ['foo,a=x:1|c', 'foo#a=x:1|c', 'f[a=x]oo:1|c', 'foo:1|c|#a:x'], twice: ['foo{a="x"} 8'] },
    { lines: ['foo:3|g'], twice: ['foo 3'] },
    { lines: ['foo:10|g', 'foo:+5|g', 'foo:-2|g'], twice: ['foo 13'] },
    { lines: ['foo:3|g|@0.1'], twice: ['foo 3'] },
    { lines: ['foo:200|ms'], twice: ['foo_sum 0.4', 'foo_count 2'] },
    { lines: ['foo:200|h'], twice: ['foo_sum 400', 'foo_count 2'] },
    { lines: ['foo:200|d'], twice: ['foo_sum 400', 'foo_count 2'] },
    { lines: ['foo:10|ms|@0.1'], twice: ['foo_sum 0.2', 'foo_count 20'] },
    { lines: ['foo:1:2:3|ms'], twice: ['foo_sum 0.012', 'foo_count 6'] },
    { lines: ['foo:2|c:3|c'], twice: ['foo 10'] },
    { lines: ['foo.bar-baz:1|c'], twice: ['foo_bar_baz 2'] },
    { lines: ['404:1|c'], twice: ['_404 2'] },
    { lines: ['foo:1e2|c'], twice: ['foo 200'] },
    { lines: ['foo:2|c\r'], twice: ['foo 4'] },
    { lines: ['', 'foo:2|c', ''], twice: ['foo 4'] },
    { lines: ['users:alice|s', 'users:bob|s'], twice: ['users 2'] },
    { lines: ['foo:0.3|h|@0.3'], twice: ['foo_sum 2', 'foo_count 6.666666666666667'] },
  ])('$lines, sent twice -> $twice', ({ lines, twice }) => {
    const { send, page } = newIntake()
    send(lines.join('\n'))
    send(`${lines.join('\n')}\n`)
    expect(page()).toEqual(twice)
  })
})

describe('a gauge with a minus sign', () => {
  it.each<[SignedGauge, string, string]>([
    ['auto', 'foo:-5|g', 'foo 5'],
    ['auto', 'foo:-5|g|#a:x', 'foo{a="x"} -5'],
    ['auto', 'foo:-5|g|c:container', 'foo -5'],
    ['delta', 'foo:-5|g|#a:x', 'foo{a="x"} -5'],
    ['absolute', 'foo:-5|g', 'foo -5'],
  ])('signedGauge %s: after 10, %s gives %s', (signedGauge, line, result) => {
    const { send, page } = newIntake({ signedGauge })
    send('foo:10|g')
    send(line)
    expect(page().at(-1)).toBe(result)
  })

  it('with signedGauge delta is a step for a tagged gauge too', () => {
    const { send, page } = newIntake({ signedGauge: 'delta' })
    send('foo:10|g|#a:x\nfoo:-4|g|#a:x\nfoo:-4|g|#a:x')
    expect(page()).toEqual(['foo{a="x"} 2'])
  })
})

describe('counts by reason what it cannot use', () => {
  it.each([
    ['nonsense', { malformed_line: 1 }],
    ['foo:abc|c', { malformed_value: 1 }],
    ['foo:1:x:3|ms', { malformed_value: 1, 'sample ms': 2 }],
    ['foo:-1|c', { negative_counter: 1 }],
    ['foo:1|c|@x', { invalid_rate: 1 }],
    ['foo:1|q', { unknown_type: 1 }],
    ['_e{2,2}:ab|cd', { event: 1 }],
    [`${'x'.repeat(8192)}:1|c`, { line_too_long: 1 }],
    ['foo:1|c\nfoo:1|g', { 'sample c': 1, 'type_conflict foo': 1, lines: 2 }],
  ])('%s', (line, counts) => {
    const { send, counted } = newIntake()
    send(line)
    expect(counted).toEqual({ lines: 1, ...counts })
  })

  it('and shows no metric of which only nonsense was sent', () => {
    const { send, page } = newIntake()
    send('a:x|c\nb:-1|c\nc:x:y|ms\nd:1|c|@x')
    expect(page()).toEqual([])
  })

  it('bytes that are not UTF-8', () => {
    const { sendBytes, counted } = newIntake()
    sendBytes(Buffer.from([0x66, 0xff, 0x3a, 0x31, 0x7c, 0x63]))
    expect(counted).toEqual({ lines: 1, malformed_line: 1 })
  })

  it('a bad value of a line that is known', () => {
    const { send, counted, page } = newIntake()
    send('foo:1|c\nfoo:x|c\nfoo:|c\nfoo:-1|c\nfoo:2|c')
    expect(counted).toEqual({ lines: 5, 'sample c': 2, malformed_value: 2, negative_counter: 1 })
    expect(page()).toEqual(['foo 3'])
  })

  it('samples over a limit, and goes on counting the series that are there', () => {
    const { send, counted, page } = newIntake({ limits: { ...roomy, seriesPerMetric: 1 } })
    send('foo:1|c|#id:1\nfoo:1|c|#id:2\nfoo:1|c|#id:3\nfoo:1|c|#id:1')
    expect(counted).toEqual({ lines: 4, 'sample c': 2, 'series_per_metric_limit foo': 2 })
    expect(page()).toEqual(['foo{id="1"} 2'])
  })
})

it('begins a series anew when it comes back after its time', () => {
  const { registry, send, page } = newIntake()
  send('foo:5|c', 0)
  send('foo:1|c', 999)
  expect(registry.expire(1998)).toBe(0)
  expect(registry.expire(1999)).toBe(1)
  expect(page()).toEqual([])
  send('foo:1|c', 2000)
  expect(page()).toEqual(['foo 1'])
})

describe('whatever is sent', () => {
  const value = fc.oneof(
    fc.integer({ min: 0, max: 99_999 }).map(String),
    fc.constantFrom('0.5', '1e2', 'x', '', '1:2', '-3'),
  )
  const suffix = fc.constantFrom('|c', '|g', '|ms', '|h|@0.5', '|c|#a:x', '|c|#a:y,b:z', '|s', '|c:2|c', '|q', '')
  const line = fc
    .tuple(fc.constantFrom('a', 'b', 'c.d', 'e,t=1', ''), value, suffix)
    .map(([name, number, rest]) => `${name}:${number}${rest}`)

  it('a line that is known is worth exactly what it was worth when it was new', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 80 }), (lines) => {
        const remembering = newIntake()
        const forgetful = newIntake()
        for (const text of lines) {
          remembering.send(text)
          forgetful.forget()
          forgetful.send(text)
        }
        expect(remembering.page()).toEqual(forgetful.page())
        expect(remembering.counted).toEqual(forgetful.counted)
      }),
    )
  })

  it('never throws, and cuts packets into the same lines wherever newlines stand', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const { sendBytes, counted } = newIntake()
        sendBytes(Buffer.from(bytes))
        const lines = Buffer.from(bytes)
          .toString('latin1')
          .split('\n')
          .map((text) => (text.endsWith('\r') ? text.slice(0, -1) : text))
          .filter((text) => text !== '')
        expect(counted.lines ?? 0).toBe(lines.length)
      }),
      { numRuns: 1000 },
    )
  })
})

/** One such line made a counter +Inf until the adapter was restarted. */
it.each([
  { type: 'c', value: '1e308', kept: ['foo 1e+308'] },
  { type: 'g', value: '+1e308', kept: ['foo 1e+308'] },
  { type: 'h', value: '1e308', kept: ['foo_sum 1e+308', 'foo_count 1'] },
])('drops a $type sample that would make the sum infinite, known or new, and counts it', ({ type, value, kept }) => {
  const { send, counted, page, forget } = newIntake()
  send(`foo:${value}|${type}`)
  send(`foo:${value}|${type}`)
  forget()
  send(`foo:${value}|${type}`)
  expect(page()).toEqual(kept)
  expect(counted).toEqual({ lines: 3, [`sample ${type}`]: 1, 'sum_overflow foo': 2 })
})
