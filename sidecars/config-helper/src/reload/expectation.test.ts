import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { generationOf } from '../publish/generation.ts'
import { expectedOf, filesNamedBy, parseExpectation } from './expectation.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const generation = generationOf(
  new Map([
    ['z.yaml', Buffer.from('first')],
    ['a.json', Buffer.from('second')],
  ]),
)

it.each([
  ['{{ hash }}', sha256('first')],
  ['{{hash}}', sha256('first')],
  ['{{ hash "a.json" }}', sha256('second')],
  ['sha256:{{ hash }}', `sha256:${sha256('first')}`],
  ['{{ hash }}-{{ hash "a.json" }}', `${sha256('first')}-${sha256('second')}`],
  ['ok', 'ok'],
])('%s is %s', (text, expected) => {
  const expectation = parseExpectation(text)
  expect(expectation && expectedOf(expectation, generation)).toBe(expected)
})

it.each(['{{ hsah }}', '{{ hash a.json }}', '{{ hash', 'hash }}', '{{ hash }} {{ x }}'])(
  '%s is not understood',
  (text) => {
    expect(parseExpectation(text)).toBeUndefined()
  },
)

it('is nothing when the named file is not published', () => {
  const expectation = parseExpectation('{{ hash "gone" }}')
  expect(expectation && expectedOf(expectation, generation)).toBeUndefined()
  expect(expectation && filesNamedBy(expectation)).toEqual(['gone'])
})
