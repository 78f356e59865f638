import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { parseYaml } from './parse-text.ts'
import { mergeTrees, printJson, printYaml, type Tree, treeOf } from './tree.ts'

function tree(text: string): Tree {
  const parsed = parseYaml(text)
  const [document] = parsed.ok ? parsed.value : []
  const read = document === undefined ? undefined : treeOf(document)
  if (read?.ok !== true) throw new Error(`no tree: ${JSON.stringify(read ?? parsed)}`)
  return read.value
}

function reasonAgainst(text: string): string | undefined {
  const parsed = parseYaml(text)
  const [document] = parsed.ok ? parsed.value : []
  const read = document === undefined ? undefined : treeOf(document)
  return read?.ok === false ? read.reason : undefined
}

const json = (text: string): unknown => {
  const printed = printJson(tree(text))
  return printed.ok ? JSON.parse(printed.value) : printed.reason
}

describe('merging', () => {
  it.each([
    { what: 'adds keys', over: 'b: 2', merged: 'a: 1\nb: 2\n', base: 'a: 1' },
    { what: 'replaces scalars', base: 'a: 1', over: 'a: 2', merged: 'a: 2\n' },
    { what: 'goes into maps', base: 'a: { b: 1, c: 2 }', over: 'a: { c: 3 }', merged: 'a:\n  b: 1\n  c: 3\n' },
    { what: 'replaces lists as a whole', base: 'a: [1, 2]', over: 'a: [3]', merged: 'a:\n  - 3\n' },
    { what: 'replaces a map by a scalar', base: 'a: { b: 1 }', over: 'a: off', merged: 'a: off\n' },
    { what: 'takes a null for a value', base: 'a: { b: 1 }', over: 'a:', merged: 'a:\n' },
    {
      what: 'is not fooled by __proto__',
      base: 'a: 1',
      over: '__proto__: { b: 1 }',
      merged: 'a: 1\n__proto__:\n  b: 1\n',
    },
  ])('$what', ({ base, over, merged }) => {
    expect(printYaml(mergeTrees(tree(base), tree(over)))).toBe(merged)
  })

  it('leaves every scalar as it was written, although parsers read it differently', () => {
    const text =
      'mode: 0640\nversion: 1.10\nid: 12345678901234567890\nswitch: on\nday: 2026-01-01\nquoted: "0640"\nnone: ~\n'
    expect(printYaml(mergeTrees(tree(text), tree('more: 1')))).toBe(`${text}more: 1\n`)
  })

  it('keeps block scalars as blocks, and strings apart from numbers', () => {
    const text = 'script: |\n  line one\n  line two\nport: "8080"\n'
    expect(printYaml(mergeTrees(tree(text), tree('{}')))).toBe(text)
  })

  it('writes aliases out, and the keys that "<<" brings', () => {
    const text = 'base: &base { a: 1, b: 2 }\nuse: *base\nmore: { <<: *base, b: 3 }'
    expect(parse(printYaml(tree(text)))).toEqual({ base: { a: 1, b: 2 }, use: { a: 1, b: 2 }, more: { a: 1, b: 3 } })
  })

  it('lets the earlier of several "<<" win, and a key of the map itself win over all', () => {
    const text = 'x: &x { a: 1, b: 1, c: 1 }\ny: &y { b: 2, d: 2 }\nz: { <<: [*x, *y], c: 3 }'
    expect(parse(printYaml(tree(text)))).toMatchObject({ z: { a: 1, b: 1, c: 3, d: 2 } })
  })

  it('gives what Object.assign would at the top and keeps all other keys, for any two maps', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.integer()))
    const map = fc.dictionary(fc.string({ minLength: 1 }), value)
    fc.assert(
      fc.property(map, map, (base, over) => {
        const merged = mergeTrees(tree(stringify(base)), tree(stringify(over)))
        expect(parse(printYaml(merged))).toEqual({ ...base, ...over })
      }),
    )
  })
})

describe('JSON from YAML', () => {
  it.each([
    ['a: 1', { a: 1 }],
    ['a: [true, False, ~, null, ""]', { a: [true, false, null, null, ''] }],
    ['a: 0x1F\nb: 0o17\nc: +12\nd: .5\ne: -007', { a: 31, b: 15, c: 12, d: 0.5, e: -7 }],
    ['a: yes\nb: "1"\nc: 1.2.3', { a: 'yes', b: '1', c: '1.2.3' }],
    ['{}', {}],
    ['a: []', { a: [] }],
    ['a: .inf', 'holds .inf, which JSON cannot hold'],
  ])('reads %j as the core schema does', (text, value) => {
    expect(json(text)).toEqual(value)
  })

  it('keeps all digits of a number', () => {
    expect(printJson(tree('{"id": 12345678901234567890, "price": 1.10}'))).toEqual({
      ok: true,
      value: '{\n  "id": 12345678901234567890,\n  "price": 1.10\n}\n',
    })
  })

  it('is the same value for any JSON value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        expect(json(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})

describe('what cannot be merged', () => {
  it.each([
    ['an explicit tag', 'a: !!str 1', 'has the tag tag:yaml.org,2002:str, which cannot be merged'],
    ['a tag of the app', 'a: !env HOME', 'has the tag !env, which cannot be merged'],
    ['a key that is a list', '? [a, b]\n: 1', 'has a key that is not text'],
    ['a "<<" of a scalar', '<<: 1', 'has a "<<" that names no map'],
    ['deep nesting', `${'['.repeat(250)}${']'.repeat(250)}`, 'is nested more than 200 levels deep'],
  ])('%s is named', (_what, text, reason) => {
    expect(reasonAgainst(text)).toBe(reason)
  })

  it('aliases that multiply without end are stopped', () => {
    const levels = Array.from({ length: 8 }, (_, n) => `l${n + 1}: &l${n + 1} [${`*l${n},`.repeat(9)}]`)
    const text = `l0: &l0 [x]\n${levels.join('\n')}`
    expect(reasonAgainst(text)).toBe('holds more than 100000 values')
  })
})
