import { describe, expect, it } from 'vitest'
import { ApiRefusal, KubeTrouble, refusalOf, troubleOf } from './trouble.ts'

const server = 'https://cluster:6443'
const coded = (code: string, options?: ErrorOptions): Error => Object.assign(new Error('raw', options), { code })

describe('the trouble behind a failed call', () => {
  it.each([
    ['a refused connection', coded('ECONNREFUSED'), `${server} does not answer: nobody listens there`],
    ['no answer', new DOMException('raw', 'TimeoutError'), `${server} does not answer: no answer in time`],
    ['no connection', coded('UND_ERR_CONNECT_TIMEOUT'), `${server} does not answer: no answer in time`],
    [
      'what is wrapped',
      new TypeError('fetch failed', { cause: coded('EHOSTUNREACH') }),
      `${server} does not answer: no way to that host`,
    ],
    [
      'the first of several tries',
      new AggregateError([coded('ENETUNREACH'), coded('ECONNREFUSED')]),
      `${server} does not answer: no way to that network`,
    ],
    [
      'a certificate of another host',
      coded('ERR_TLS_CERT_ALTNAME_INVALID'),
      `${server} is not trusted: its certificate is for other names and addresses`,
    ],
    [
      'a certificate of another authority',
      coded('SELF_SIGNED_CERT_IN_CHAIN'),
      `${server} is not trusted: its certificate is not of the authority in KUBECONFIG`,
    ],
    [
      'an unknown user',
      new ApiRefusal(401, 'Unauthorized', 'Unauthorized'),
      'the API server does not know this user (401)',
    ],
    [
      'a missing right',
      new ApiRefusal(403, 'Forbidden', 'pods is forbidden: User "ann"'),
      'pods is forbidden: User "ann"',
    ],
    ['a trouble that was told before', new KubeTrouble('no cluster', 'make one'), 'no cluster'],
  ])('is told of %s in one sentence, with a remedy', (_what, error, message) => {
    expect(troubleOf(error, server)).toMatchObject({ message, remedy: expect.stringMatching(/./) })
  })

  it.each([
    ['a mistake in the program', new TypeError('x is not a function')],
    ['an object that is not there', new ApiRefusal(404, 'NotFound', 'pods "web" not found')],
    ['an unknown code', coded('ENOSPC')],
    ['what is no error', 'text'],
  ])('is none of the cluster for %s', (_what, error) => {
    expect(troubleOf(error, server)).toBeUndefined()
  })
})

describe('a refusal', () => {
  it.each([
    [
      'in the words of the API server',
      '{"kind":"Status","reason":"Conflict","message":"it changed"}',
      'Conflict',
      'it changed',
    ],
    ['in those of a proxy, cut short', 'x'.repeat(400), '', 'x'.repeat(300)],
    ['by its number when nothing was said', '', '', 'HTTP 409'],
  ])('is told %s', (_how, body, reason, message) => {
    expect(refusalOf(409, body)).toMatchObject({ status: 409, reason, message })
  })
})
