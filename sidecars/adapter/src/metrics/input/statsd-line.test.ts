import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStatsdLine, type StatsdLine } from './statsd-line.ts'

/** The line as one short text, so that the tables stay readable: `name{tag=value} 1,2|c@0.1`. */
function short(line: string): string {
  const read = parseStatsdLine(line)
  return typeof read === 'string' ? read : shortLine(read)
}

function shortLine({ name, tags, samples, problems }: StatsdLine): string {
  const labels = tags.length === 0 ? '' : `{${tags.map((tag) => `${tag.name}=${tag.value}`).join(',')}}`
  const all = samples.map(({ values, type, rate }) => `${values.join(',')}|${type}${rate === 1 ? '' : `@${rate}`}`)
  return [`${name}${labels}`, ...all, ...problems].join(' ')
}

describe('means what statsd_exporter means', () => {
  it.each([
    ['foo:2|c', 'foo 2|c'],
    ['foo:3|g', 'foo 3|g'],
    ['foo:-10|g', 'foo -10|g'],
    ['foo:200|ms', 'foo 200|ms'],
    ['foo:200|h', 'foo 200|h'],
    ['foo:200|d', 'foo 200|d'],
    ['foo:4|c|@0.5', 'foo 4|c@0.5'],
    ['foo:0.01|ms|@0.2', 'foo 0.01|ms@0.2'],
    ['foo:1|c|@0', 'foo 1|c'],
    ['foo:100|c|#tag1:bar,tag2:baz', 'foo{tag1=bar,tag2=baz} 100|c'],
    ['foo:100|c|#tag1:bar,#tag2:baz', 'foo{tag1=bar,tag2=baz} 100|c'],
    ['foo:100|c|@0.1|#tag1:bar,#tag2:baz', 'foo{tag1=bar,tag2=baz} 100|c@0.1'],
    ['foo:100|c|#tag1:foo:bar', 'foo{tag1=foo:bar} 100|c'],
    ['foo:100|c|#09digits:0,tag.with.dots:1', 'foo{09digits=0,tag.with.dots=1} 100|c'],
    ['foo:100|c|#tag1:', 'foo 100|c'],
    ['foo:100|c|#:bar', 'foo 100|c'],
    ['foo:100|c|#,', 'foo 100|c'],
    ['foo,tag1=bar,tag2=baz:100|c', 'foo{tag1=bar,tag2=baz} 100|c'],
    ['foo#tag1=bar,tag2=baz:100|c', 'foo{tag1=bar,tag2=baz} 100|c'],
    ['foo.[tag1=bar,tag2=baz]test:100|c', 'foo.test{tag1=bar,tag2=baz} 100|c'],
    ['[tag1=bar]foo:100|c', 'foo{tag1=bar} 100|c'],
    ['foo:200|ms:300|ms:5|c|@0.1:6|g', 'foo 200|ms 300|ms 5|c@0.1 6|g'],
    ['foo:0.5:120:3000:10:10:20000:0.01|h|@0.2', 'foo 0.5,120,3000,10,10,20000,0.01|h@0.2'],
    ['foo:1:2|ms|#tag1:bar', 'foo{tag1=bar} 1,2|ms'],
    ['foo:1|c|T1656581400', 'foo 1|c'],
    ['foo,tag=a:1|c|#tag:b', 'mixed_tags'],
    ['foo', 'malformed_line'],
    [':1|c', 'malformed_line'],
    ['foo:', 'malformed_line'],
    ['foo:1', 'malformed_line'],
    ['foo:1|', 'foo unknown_type'],
    ['foo:1|x', 'foo unknown_type'],
    ['foo:1|c|', 'foo malformed_part'],
    ['foo:1|c||@0.5', 'foo malformed_part'],
    ['foo:1|c|0.5', 'foo malformed_part'],
    ['foo:1|c|Tsoon', 'foo malformed_part'],
    ['foo:1|c|@', 'foo invalid_rate'],
    ['foo:1|c|@bar', 'foo invalid_rate'],
    ['foo:1|x:2|c', 'foo 2|c unknown_type'],
    ['foo:1|c:2', 'foo 1|c malformed_part'],
    ['', 'malformed_line'],
  ])('%s -> %s', (line, meaning) => {
    expect(short(line)).toBe(meaning)
  })
})

describe('accepts what statsd_exporter loses', () => {
  it.each([
    [
      'foo:1|c|#tag:a|c:container',
      'foo{tag=a} 1|c',
      'the container is not made a label: it would be a new series for each',
    ],
    ['foo:1|c|#tag:a|e:it-false,cn-app', 'foo{tag=a} 1|c', 'external data, as Datadog clients of today send it'],
    ['foo:1|c|#tag:a|card:low', 'foo{tag=a} 1|c', 'the cardinality of tags'],
    ['foo:1|c|@0.5|#t:a|c:x|e:y|card:low|T1656581400', 'foo{t=a} 1|c@0.5', 'all parts at once'],
    ['foo:1:2:3|c', 'foo 1,2,3|c', 'packed counters'],
    ['foo:1:2|g|#tag:a', 'foo{tag=a} 1,2|g', 'packed gauges'],
    ['foo:1|c:2|c|#tag:a', 'foo{tag=a} 1|c 2|c', 'several samples before tags'],
    ['foo:1|c|#production', 'foo{production=true} 1|c', 'a tag without a value'],
    ['users:alice|s', 'users alice|s', 'sets'],
    ['users:::1|s', 'users ::1|s', 'a set member with colons'],
  ])('%s -> %s: %3$s', (line, meaning) => {
    expect(short(line)).toBe(meaning)
  })

  it.each([
    ['foo:1|c|@-1', 'foo invalid_rate'],
    ['foo:1|c|@inf', 'foo invalid_rate'],
    ['foo:1|c|@1.5', 'foo invalid_rate'],
    ['foo:1|c|@1e-308', 'foo invalid_rate'],
    ['foo:1|c|@1e-10', 'foo invalid_rate'],
    ['foo:1|c|@1e-9', 'foo 1|c@1e-9'],
    ['_e{5,4}:title|text|t:error', 'event'],
    ['_sc|db|0|m:fine', 'service_check'],
    ['foo[tag=a:1|c', 'foo[tag=a 1|c'],
  ])('and names what it does not use: %s -> %s', (line, meaning) => {
    expect(short(line)).toBe(meaning)
  })
})

describe('in any case', () => {
  const word = fc.stringMatching(/^[a-zA-Z0-9_.-]{1,12}$/)
  const sample = fc.record({
    type: fc.constantFrom('c', 'g', 'ms', 'h', 'd'),
    values: fc.array(fc.integer().map(String), { minLength: 1, maxLength: 4 }),
    rate: fc.constantFrom(1, 0.5, 0.1),
  })
  const tags = fc.array(fc.record({ name: word, value: word }), { maxLength: 4 })

  it('reads back whatever is written by the grammar', () => {
    fc.assert(
      fc.property(word, fc.array(sample, { minLength: 1, maxLength: 4 }), tags, (name, samples, tagList) => {
        const written = samples.map(
          ({ type, values, rate }) => `${values.join(':')}|${type}${rate === 1 ? '' : `|@${rate}`}`,
        )
        const suffix = tagList.length === 0 ? '' : `|#${tagList.map((tag) => `${tag.name}:${tag.value}`).join(',')}`
        expect(parseStatsdLine(`${name}:${written.join(':')}${suffix}`)).toEqual({
          name,
          tags: tagList,
          samples,
          problems: [],
          isDogStatsd: tagList.length > 0,
        })
      }),
    )
  })

  it('never throws, and gives a reason for every line of which nothing can be used', () => {
    const soup = fc.string({ unit: fc.constantFrom(...'ab1.:|@#cgmshdT,=[]-+_e{} é'.split('')), maxLength: 40 })
    fc.assert(
      fc.property(soup, (line) => {
        const read = parseStatsdLine(line)
        if (typeof read === 'string') return
        expect(read.samples.length + read.problems.length).toBeGreaterThan(0)
        expect(read.name).not.toBe('')
      }),
      { numRuns: 2000 },
    )
  })
})
