import { expect, it } from 'vitest'
import { type FormatCheck, validate } from './validate.ts'

function faults(name: string, text: string | Uint8Array, format: FormatCheck['format'] = 'auto'): string[] {
  return validate(new Map([[name, Buffer.from(text)]]), [{ format }]).map(({ message }) => message)
}

it.each([
  ['app.yaml', 'a: 1\n---\nb: 2\n'],
  ['app.yml', ''],
  ['app.yaml', 'a: !env HOME'],
  ['app.json', '{"a": [1, null]}'],
  ['app.env', '# c\nA=1\nexport B="two\nlines \\" still"\nC=\n\nD.e-f=\'it\\\'\n'],
  ['app.env', 'A="one \\"\nstill the value"\nB=1\n'],
  ['app.properties', 'a=1\nb : \\u00e9 \\\\u\n# \\u in a comment\n'],
  ['notes.txt', '{{ not checked'],
  ['no-ending', '{'],
])('accepts %s: %j', (name, text) => {
  expect(faults(name, text)).toEqual([])
})

it.each([
  [
    'app.yaml',
    'a: 1\n b: 2\n',
    'app.yaml:1:4 is not valid YAML: a value that holds ": " without quotes, or a line that is indented too far',
  ],
  ['app.yaml', 'a: 1\na: 2\n', 'app.yaml:2:1 is not valid YAML: a key that stands there twice'],
  ['app.yaml', 'a: *nobody', 'app.yaml:1:4 is not valid YAML: an alias without its anchor'],
  ['app.json', '{"a": 1,}', 'app.json:1:9 is not valid JSON'],
  ['app.json', '', 'app.json is not valid JSON'],
  ['app.env', 'A=1\nsome words\n', 'app.env:2:1 is not a valid env file: expected NAME=value'],
  ['app.env', 'A="open\nB=1\n', 'app.env:1:1 is not a valid env file: a quoted value that does not end'],
  ['app.properties', 'a=\\u12', 'app.properties:1:3 is not a valid properties file: \\u without four hex digits'],
  ['app.properties', 'a=\0', 'app.properties:1:3 is not a valid properties file: a NUL byte'],
  ['app.json', Buffer.from([0x22, 0xff, 0x22]), 'app.json is not UTF-8'],
])('refuses %s: %j', (name, text, message) => {
  expect(faults(name, text)).toEqual([message])
})

it('checks every file with the one format that is named', () => {
  expect(faults('settings', '{"a": 1', 'json')).toEqual(['settings:1:8 is not valid JSON'])
  expect(faults('app.yaml', '{"a": 1}', 'json')).toEqual([])
})

it('checks nothing when there is no check', () => {
  expect(validate(new Map([['app.yaml', Buffer.from('a: [')]]), [])).toEqual([])
})
