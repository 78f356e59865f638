import { expect, it } from 'vitest'
import { redactorFor } from './redact-keys.ts'

const redact = redactorFor(['password', 'api-key'], '[redacted]')

it('hides the value of a key at any depth, whatever its case and dashes', () => {
  expect(redact({ a: { Password: 'x', list: [{ apiKey: 'y' }] }, API_KEY: { nested: 1 }, b: 'keep' })).toEqual({
    a: { Password: '[redacted]', list: [{ apiKey: '[redacted]' }] },
    API_KEY: '[redacted]',
    b: 'keep',
  })
})

it('answers the very same value when there is nothing to hide', () => {
  const record = { body: 'x', attributes: { route: 'quote', list: [1, 2] } }
  expect(redact(record)).toBe(record)
})
