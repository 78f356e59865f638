/** What holds for every text, however broken: the loader is the first code that meets what a person or a pipeline wrote. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { formatProblems } from './format-problems.ts'
import { loadConfig } from './load-config.ts'
import { sampleDefinition } from './testdata/sample-config.ts'
import { sampleWorld } from './testdata/sample-world.ts'

/** Hundreds of loads each; a machine that does other things too needs its time. */
vi.setConfig({ testTimeout: 30_000 })

const folder = join(import.meta.dirname, 'testdata', 'problems')
const samples = readdirSync(folder)
  .filter((file) => file.endsWith('.yaml') && file !== 'alias-bomb.yaml')
  .map((file) => readFileSync(join(folder, file), 'utf8'))

const pieces = fc.constantFrom(
  ...['upstreams', 'routes', 'headers', 'port', 'drain', 'timeout', 'dns', 'a', '8080', '5s', '"', "'", '\\', '|', '>'],
  ...[
    ':',
    ': ',
    '- ',
    '? ',
    '{',
    '}',
    '[',
    ']',
    ', ',
    '\n',
    '\n  ',
    '\n    ',
    '\t',
    ' ',
    '#',
    '&a ',
    '*a',
    '!x ',
    '---\n',
    '%',
  ],
  ...[
    '${',
    '}',
    '${PORT}',
    '${X:-5}',
    '${file:/secrets/db}',
    '$${',
    '\r\n',
    '\u0000',
    '\uFEFF',
    '日本',
    '\u{1F600}',
    '~',
    '@',
  ],
)
const yamlLike = fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join(''))

/** A file that was right or nearly so, with a piece cut out or put in. */
const damaged = fc.tuple(fc.constantFrom(...samples), fc.nat(), fc.nat(8), pieces).map(([text, at, cut, piece]) => {
  const from = at % (text.length + 1)
  return text.slice(0, from) + piece + text.slice(from + cut)
})

const anyText = fc.oneof(fc.string({ unit: 'binary' }), yamlLike, damaged)

function load(text: string | Uint8Array) {
  return loadConfig(sampleDefinition, { file: 'any.yaml', text }, sampleWorld)
}

it('answers every text and every bytes, and never throws', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, fc.uint8Array({ maxLength: 200 })), (text) => {
      const result = load(text)
      if (!result.ok) expect(formatProblems(result.problems)).toMatch(/^any\.yaml/)
    }),
    { numRuns: 500 },
  )
})

it('reports only places that lie inside the file, in order, with a mark inside the line that is shown', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const result = load(text)
      if (result.ok) return
      expect(result.problems.length).toBeGreaterThan(0)
      const lines = text.replace(/^\uFEFF/, '').split('\n')
      let last = 0
      for (const { line, column, source } of result.problems) {
        expect(line).toBeGreaterThanOrEqual(Math.max(1, last))
        expect(line).toBeLessThanOrEqual(lines.length)
        expect(column).toBeGreaterThanOrEqual(1)
        expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1)
        if (source !== undefined) expect(source.markFrom).toBeLessThanOrEqual(source.text.length)
        last = line
      }
    }),
    { numRuns: 500 },
  )
})

it('prints no line that could steer a terminal', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const result = load(text)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
      if (!result.ok) expect(formatProblems(result.problems)).not.toMatch(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/)
    }),
    { numRuns: 500 },
  )
})

const secretLines = fc.constantFrom(
  'client: { id: x, key: CANARY }',
  'client:\n  key: "CANARY"\n  id: x',
  'client:\n  id: x\n  key: |\n    CANARY\n    CANARY',
  'database: postgres://shop:CANARY@db/shop',
  'headers: { Authorization: "Bearer CANARY" }',
  'port: ${API_TOKEN:-CANARY}',
  'client: { id: x, key: 1 }\nclient: { id: x, key: CANARY }',
  'client: { id: x, key: 7351924680 }',
  'client: { id: x, key:CANARY, password:CANARY }',
  'client:\n  key:CANARY',
  'headers: { token: 7351924680 }',
  'drain:\n  timeout: ${file:/secrets/number}',
  'limits: { head: "${file:/secrets/number}" }',
  'apiVersion: ${file:/secrets/number}',
  'client:\n  key:CANARY\n    ${file:/secrets/db}',
  'client: { id: x, key: *CANARY }',
  'client:\n  id: x\n  key: !CANARY x',
  'client:\n  id: x\n  key: %CANARY',
  'client:\n  id: x\n  key: CAN: CANARY',
)

it('shows no secret of a file, whatever else is wrong with it, and however it is printed', () => {
  fc.assert(
    fc.property(secretLines, yamlLike, fc.boolean(), (secret, rest, isFirst) => {
      const other = rest.includes('\n') ? rest : `${rest}\n`
      const result = load(isFirst ? `${secret}\n${other}` : `upstreams: {}\n${other.trimEnd()}\n${secret}\n`)
      expect(JSON.stringify(result.ok ? result.printable : result.problems)).not.toMatch(/CANARY|7351924680/)
    }),
    { numRuns: 500 },
  )
})

it('prints an effective config that means the same, for every config that is right', () => {
  const texts = fc.string({
    minLength: 1,
    unit: fc.constantFrom('$', '{', '}', 'a', ' ', '#', ':', '"', '1', 'é', '\n'),
  })
  const config = fc.record(
    {
      headers: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), texts, { maxKeys: 3 }),
      drain: fc.record({ timeout: fc.integer({ min: 1000, max: 600_000 }).map((ms) => `${ms}ms`) }),
      access: fc.oneof(
        fc.constantFrom('off', 'all'),
        fc.record({ sample: fc.double({ min: 0, max: 1, noNaN: true }) }),
      ),
      path: fc.stringMatching(/^\/[a-z$ {}]{0,9}$/),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(config, (keys) => {
      const escaped = JSON.stringify({ ...keys, upstreams: {} }).replaceAll('${', () => '$${')
      const first = load(escaped)
      if (!first.ok) throw new Error(formatProblems(first.problems))
      const again = load(first.printable)
      if (!again.ok) throw new Error(formatProblems(again.problems))
      expect(again.value).toEqual(first.value)
      expect(again.hash).toBe(first.hash)
    }),
  )
})
