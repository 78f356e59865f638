import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ConfigWorld, interpolate, parseTemplate, secretFileBytesMax } from './interpolation.ts'

const files: Readonly<Record<string, string | Uint8Array>> = {
  '/secrets/db': 'hunter2\n',
  '/secrets/windows': 'hunter2\r\n',
  '/secrets/two-lines': 'one\ntwo\n\n',
  '/secrets/empty': '',
  '/secrets/binary': Uint8Array.of(0xff, 0xfe, 0x00),
  '/secrets/large': 'x'.repeat(secretFileBytesMax + 1),
}

const world: ConfigWorld = {
  env: { HOST: 'db', EMPTY: '', DB_PASSWORD: 'hunter2', NESTED: '${HOST}' },
  readFile: (path) => {
    const content = files[path]
    if (content === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' })
    return Buffer.from(content)
  },
}

it.each([
  ['plain', 'plain'],
  ['${HOST}', 'db'],
  ['tcp://${HOST}:5432/${HOST}', 'tcp://db:5432/db'],
  ['${PORT:-5432}', '5432'],
  ['${EMPTY:-5432}', '5432'],
  ['${EMPTY}', ''],
  ['${PORT:-}', ''],
  ['${URL:-http://a:1/b?c=-d}', 'http://a:1/b?c=-d'],
  ['${HOST:-other}', 'db'],
  ['${file:/secrets/db}', 'hunter2'],
  ['${file:/secrets/windows}', 'hunter2'],
  ['${file:/secrets/two-lines}', 'one\ntwo\n'],
  ['${file:/secrets/empty}', ''],
  ['$${HOST}', '${HOST}'],
  ['$$${HOST}', '$${HOST}'],
  ['$HOST $ {HOST} $', '$HOST $ {HOST} $'],
  ['{{ secrets.user }}', '{{ secrets.user }}'],
  ['${NESTED}', '${HOST}'],
])('%s becomes %s', (text, result) => {
  const interpolation = interpolate(text, world)
  expect(interpolation.ok && interpolation.value.text).toBe(result)
})

it.each([
  ['${PORT}', 'PM0113', 'the environment variable PORT is not set'],
  ['${toString}', 'PM0113', 'the environment variable toString is not set'],
  ['${file:/secrets/none}', 'PM0114', 'cannot read /secrets/none: there is no such file'],
  ['${file:/secrets/binary}', 'PM0114', 'cannot read /secrets/binary: it is not UTF-8 text'],
  ['${file:/secrets/large}', 'PM0114', 'cannot read /secrets/large: it has more than 65536 bytes'],
  ['${file:secrets/db}', 'PM0115', '${file:secrets/db} needs an absolute path: ${file:/path}'],
  ['${HOST', 'PM0115', '${HOST has no closing }'],
  ['${}', 'PM0115', '${} is none of ${NAME}, ${NAME:-default}, ${file:/path}'],
  ['${1A}', 'PM0115', '${1A} is none of ${NAME}, ${NAME:-default}, ${file:/path}'],
  ['${HOST:?no}', 'PM0115', '${HOST... is none of ${NAME}, ${NAME:-default}, ${file:/path}'],
  ['${A:-${HOST}}', 'PM0115', '${A... holds a {, which cannot stand inside a reference'],
])('%s is refused with %s: %s', (text, code, why) => {
  const interpolation = interpolate(text, world)
  expect(interpolation.ok ? [] : interpolation.faults[0]).toMatchObject({ code, why })
})

it('names every reference that fails, not the first one', () => {
  const interpolation = interpolate('${A}-${file:/none}-${', world)
  expect(interpolation.ok ? [] : interpolation.faults.map(({ code }) => code)).toEqual(['PM0113', 'PM0114', 'PM0115'])
})

it('offers the variable that was meant', () => {
  const interpolation = interpolate('${DB_PASWORD}', world)
  expect(interpolation.ok ? [] : interpolation.faults[0]).toMatchObject({ hint: 'did you mean "DB_PASSWORD"?' })
})

describe('secrets', () => {
  it.each([
    ['Bearer ${file:/secrets/db}', 'Bearer [redacted]', ['hunter2']],
    ['${DB_PASSWORD}@${HOST}', '[redacted]@db', ['hunter2']],
    ['${API_TOKEN:-guess}', '[redacted]', ['guess']],
    ['${file:/secrets/empty}', '[redacted]', []],
    ['${HOST}', 'db', []],
  ])('%s is shown as %s', (text, masked, secrets) => {
    const interpolation = interpolate(text, world)
    expect(interpolation.ok && interpolation.value).toMatchObject({ masked, secrets })
  })

  it('never shows a default where a message names the reference', () => {
    const interpolation = interpolate('${API_TOKEN:-guess}', world)
    expect(interpolation.ok && interpolation.value.origins).toEqual(['the default of ${API_TOKEN}'])
    const broken = interpolate('${1_TOKEN:-guess}', world)
    expect(JSON.stringify(broken.ok ? [] : broken.faults[0]?.why)).not.toContain('guess')
  })
})

it('keeps every text as it is when its ${ are escaped', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'a', ':', '-') }), (text) => {
      const escaped = text.replaceAll('${', () => '$${')
      const interpolation = interpolate(escaped, world)
      expect(interpolation.ok && interpolation.value.text).toBe(text)
    }),
  )
})

it('loses no character between its segments, and never throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'A', 'file:/', ':-', 'x') }), (text) => {
      const pieces = parseTemplate(text).map((segment) =>
        segment.kind === 'literal' ? segment.text.replaceAll('${', () => '$${') : segment.reference,
      )
      expect(pieces.join('')).toBe(text)
    }),
  )
})
