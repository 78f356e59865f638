import { expect, it } from 'vitest'
import { connectFailure } from './connect-failure.ts'

const system = (message: string, more: object): Error => Object.assign(new Error(message), more)
const refused = (address: string): Error => system('connect', { code: 'ECONNREFUSED', address, port: 80 })

it.each([
  [refused('10.0.0.1'), 'connection refused by 10.0.0.1:80 (ECONNREFUSED)'],
  [refused('::1'), 'connection refused by [::1]:80 (ECONNREFUSED)'],
  [system('getaddrinfo ENOTFOUND db', { code: 'ENOTFOUND' }), 'the name is not known (ENOTFOUND)'],
  [system('self-signed certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'self-signed certificate'],
  ['odd', 'odd'],
])('tells of %s', (error, text) => {
  expect(connectFailure(error)).toBe(text)
})

it('tells what every address of the name answered', () => {
  const error = new AggregateError([
    refused('::1'),
    system('connect', { code: 'ETIMEDOUT', address: '10.0.0.1', port: 80 }),
  ])
  expect(connectFailure(error)).toBe(
    'connection refused by [::1]:80 (ECONNREFUSED), no answer by 10.0.0.1:80 (ETIMEDOUT)',
  )
})
