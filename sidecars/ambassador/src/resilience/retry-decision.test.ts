import { describe, expect, it } from 'vitest'
import { decideRetry, type FailedAttempt } from './retry-decision.ts'

const attempt: FailedAttempt = {
  failure: { kind: 'lost', cause: 'closed' },
  method: 'GET',
  hasBody: false,
  reused: true,
  answered: false,
  attempts: 1,
  hasAnother: true,
}
const refused = { kind: 'connect', cause: 'refused' } as const
const invalid = { kind: 'invalid', refusal: { ok: false, status: 400, code: 'PM2001', what: 'x' } } as const

describe('tries again', () => {
  it.each<{ when: string; change: Partial<FailedAttempt>; connection: 'reuse' | 'fresh' }>([
    { when: 'the connection was refused', change: { failure: refused, reused: false }, connection: 'reuse' },
    {
      when: 'it was refused, whatever the method',
      change: { failure: refused, method: 'POST', hasBody: true },
      connection: 'reuse',
    },
    { when: 'an idle connection turned out to be closed', change: {}, connection: 'fresh' },
    {
      when: 'an idle connection turned out to be reset',
      change: { failure: { kind: 'lost', cause: 'reset' } },
      connection: 'fresh',
    },
    { when: 'that was so, with no other endpoint', change: { hasAnother: false }, connection: 'fresh' },
  ])('when $when', ({ change, connection }) => {
    expect(decideRetry({ ...attempt, ...change })).toEqual({ retry: true, connection })
  })
})

describe('does not try again', () => {
  it.each<{ when: string; change: Partial<FailedAttempt>; why: RegExp }>([
    { when: 'two attempts were made', change: { failure: refused, attempts: 2 }, why: /2 attempts were made/ },
    {
      when: 'there is no other endpoint to refuse',
      change: { failure: refused, hasAnother: false },
      why: /no other endpoint/,
    },
    {
      when: 'the connection was new, so that somebody has read the request',
      change: { reused: false },
      why: /may have been processed$/,
    },
    { when: 'the method is not idempotent', change: { method: 'POST' }, why: /POST is not idempotent/ },
    { when: 'the method is PATCH', change: { method: 'PATCH' }, why: /PATCH is not idempotent/ },
    { when: 'the body is gone', change: { method: 'PUT', hasBody: true }, why: /body was sent/ },
    { when: 'the answer had begun', change: { answered: true }, why: /begun to answer/ },
    { when: 'the answer was no HTTP', change: { failure: invalid }, why: /begun to answer/ },
  ])('when $when', ({ change, why }) => {
    const decision = decideRetry({ ...attempt, ...change })
    expect(decision).toEqual({ retry: false, why: expect.stringMatching(why) })
  })
})
