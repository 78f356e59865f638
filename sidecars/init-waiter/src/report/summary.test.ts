import { describe, expect, it } from 'vitest'
import type { NamedResult } from './step-result.ts'
import { summary } from './summary.ts'
import { verdictOf } from './verdict.ts'

const db: NamedResult = {
  step: 'db',
  target: 'tcp://db:5432',
  result: { outcome: 'ready', tries: 3, durationMs: 1210 },
}
const auth: NamedResult = {
  step: 'auth',
  target: 'http://auth:8080/healthz',
  result: {
    outcome: 'failed',
    cause: 'timeout',
    tries: 17,
    durationMs: 60_000,
    lastError: 'answered 503, not 200-399',
  },
}
const geo: NamedResult = { step: 'geo', target: 'tcp://geo:80', result: { outcome: 'skipped', after: ['auth'] } }
const cut: NamedResult = {
  step: 'cache',
  target: 'tcp://cache:6379',
  result: { outcome: 'cut', tries: 2, durationMs: 60_000, lastError: 'no answer' },
}
const fatal: NamedResult = {
  step: 'tls',
  target: 'https://tls/',
  result: { outcome: 'failed', cause: 'fatal', tries: 1, durationMs: 4, lastError: 'no such file' },
}

it('puts what failed first and what was ready last', () => {
  expect(summary('timeout', [db, geo, auth, cut], 60_003)).toBe(
    `
PM4001 the time was over after 1m: 1 of 4 ready
STEP   TARGET                    RESULT   TRIES  TIME  LAST ERROR
auth   http://auth:8080/healthz  failed   17     1m    answered 503, not 200-399
cache  tcp://cache:6379          cut      2      1m    no answer
geo    tcp://geo:80              skipped  0            comes after auth
db     tcp://db:5432             ready    3      1.2s
`.trim(),
  )
})

it('says how long it took when all is ready', () => {
  expect(summary('ready', [db], 1213).split('\n')[0]).toBe('done after 1.2s: 1 of 1 ready')
})

it.each([
  [4, '4ms'],
  [999, '999ms'],
  [1997, '2s'],
  [2003, '2s'],
  [59_940, '59.9s'],
  [59_960, '1m'],
  [63_499, '1m3s'],
  [3_723_000, '1h2m3s'],
])('tells %i ms as %s', (durationMs, text) => {
  expect(summary('ready', [db], durationMs)).toContain(`done after ${text}: `)
})

describe('verdictOf', () => {
  it.each([
    { results: [db], verdict: 'ready' },
    { results: [db, auth, geo, cut], verdict: 'timeout' },
    { results: [auth, fatal], verdict: 'fatal' },
    { results: [db, cut], verdict: 'ended' },
    { results: [db, geo], verdict: 'ended' },
  ])('is $verdict for $results.length results', ({ results, verdict }) => {
    expect(verdictOf(results)).toBe(verdict)
  })
})
