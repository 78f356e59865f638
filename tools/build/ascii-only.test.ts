import { expect, it } from 'vitest'
import { asciiOnly } from './ascii-only.ts'

it.each([
  ['a string', `'5 – 6 €'`],
  ['a template', '`5 – 6`'],
  ['a character that takes two units', `'smile 😀'`],
  ['a regular expression', `'a–b'.replace(/[–—]/, 'x')`],
  ['a regular expression in Unicode mode', `'a😀b'.replace(/😀/u, 'x')`],
  ['a name', `(() => { const größe = 3; return größe })()`],
  ['an escaped backslash before it', String.raw`'\\–'`],
])('means the same as before: %s', (_what, code) => {
  const ascii = asciiOnly(code)
  expect(ascii).toMatch(/^\p{ASCII}*$/u)
  expect(evaluated(ascii)).toEqual(evaluated(code))
})

it('refuses a backslash before such a character, whose meaning would change', () => {
  expect(() => asciiOnly(String.raw`/\–/`)).toThrow('a backslash before "–"')
})

const evaluated = (code: string): unknown => new Function(`return ${code}`)()
