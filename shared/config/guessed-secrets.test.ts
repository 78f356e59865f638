import { expect, it } from 'vitest'
import { isSecretName } from '../log/secret-name.ts'
import { guessedSecrets } from './guessed-secrets.ts'
import { redactRanges } from './redaction.ts'

/** The last line of a file as it is shown, when only names and indentation tell what is secret. */
function shownOf(text: string): string {
  const from = text.lastIndexOf('\n') + 1
  const ranges = guessedSecrets(text, { from, to: text.length }, isSecretName)
  return redactRanges(text, ranges).text.slice(from)
}

it.each([
  ['password: hunter2', 'password: [redacted]'],
  ['  - clientSecret: "hun ter2" # note', '  - clientSecret: [redacted] # note'],
  ["{ id: x, api_key: 'hunter2', user: y }", '{ id: x, api_key: [redacted], user: y }'],
  ['{ Authorization: Bearer hunter2 }', '{ Authorization: [redacted] }'],
  ['DB_PASSWORD=hunter2', 'DB_PASSWORD=[redacted]'],
  ['token: ${file:/secrets/token}', 'token: ${file:/secrets/token}'],
  ['token: "${TOKEN}"', 'token: "${TOKEN}"'],
  ['token: ${TOKEN:-hunter2}', 'token: [redacted]'],
  ['port: ${API_TOKEN:-hunter2}', 'port: ${API_TOKEN:-[redacted]}'],
  ['secret: true', 'secret: true'],
  ['secrets: { dir: /sources/secrets }', 'secrets: { dir: /sources/secrets }'],
  ['tokenUrl: https://id.acme/token', 'tokenUrl: https://id.acme/token'],
  ['timeout: 5s', 'timeout: 5s'],
])('%s is shown as %s', (line, shown) => {
  expect(shownOf(line)).toBe(shown)
})

it.each([
  'password: |\n  hunter2',
  'password:\n\n    hunter2',
  'a:\n  - password: >\n      hun\n      ter\n\n      hunter2',
  'auth:\n  "token":\n    - hunter2',
  `key: |\n  ${'A'.repeat(64)}`,
])('hides a line of a value that began above it: %j', (text) => {
  expect(shownOf(text).trim()).toBe('[redacted]')
})

it('shows a line below a block that is over', () => {
  expect(shownOf('auth:\n  token:\n    hunter2\n  scope: read')).toBe('  scope: read')
  expect(shownOf('token:\n  hunter2\nport: 8080')).toBe('port: 8080')
})
