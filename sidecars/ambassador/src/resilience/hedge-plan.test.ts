import { describe, expect, it } from 'vitest'
import {
  decideHedge,
  type HedgeMeans,
  type HedgeMoment,
  type HedgeRefusal,
  type HedgeRules,
  hedgeDelayMs,
  isHedgeable,
} from './hedge-plan.ts'

const rules: HedgeRules = { after: { quantile: 0.95 }, minDelayMs: 10, max: 1 }

const moment: HedgeMoment = {
  method: 'GET',
  body: 'none',
  hedges: 0,
  isAnswered: false,
  hadPushback: false,
  remainingMs: 1000,
}

describe('is due', () => {
  /** Knows one quantile, as a window does that has seen enough answers for it. */
  const latencies = (known: number, ms: number | undefined) => ({
    record: () => undefined,
    quantile: (share: number) => (share === known ? ms : undefined),
  })

  it.each<{ when: string; change: Partial<HedgeRules>; p95: number | undefined; due: number | undefined }>([
    { when: 'after the quantile', change: {}, p95: 80, due: 80 },
    { when: 'not before the least delay', change: {}, p95: 2, due: 10 },
    { when: 'never, while the quantile is not known', change: {}, p95: undefined, due: undefined },
    {
      when: 'never, while another quantile is not known',
      change: { after: { quantile: 0.99 } },
      p95: 80,
      due: undefined,
    },
    { when: 'after the fixed time', change: { after: { ms: 50 } }, p95: 80, due: 50 },
    {
      when: 'after the fixed time though nothing is known, and below the least delay',
      change: { after: { ms: 5 } },
      p95: undefined,
      due: 5,
    },
  ])('$when', ({ change, p95, due }) => {
    expect(hedgeDelayMs({ ...rules, ...change }, latencies(0.95, p95))).toBe(due)
  })
})

it.each([
  { method: 'GET', body: 'none' as const, may: true },
  { method: 'HEAD', body: 'none' as const, may: true },
  { method: 'OPTIONS', body: 'none' as const, may: true },
  { method: 'TRACE', body: 'none' as const, may: true },
  { method: 'PUT', body: 'none' as const, may: false },
  { method: 'DELETE', body: 'none' as const, may: false },
  { method: 'POST', body: 'none' as const, may: false },
  { method: 'CONNECT', body: 'none' as const, may: false },
  { method: 'get', body: 'none' as const, may: false },
  { method: 'GET', body: 'body' as const, may: false },
])('hedges $method with body: $body: $may', ({ method, body, may }) => {
  expect(isHedgeable(method, body)).toBe(may)
})

describe('decides', () => {
  interface Row {
    readonly when: string
    readonly moment?: Partial<HedgeMoment>
    readonly rules?: Partial<HedgeRules>
    readonly means?: Partial<HedgeMeans>
  }

  /** @returns the decision, and what was asked of the budget */
  function decide(row: Row, hasBudget: 'budget' | 'none' = 'budget') {
    const asked: string[] = []
    const tryWithdraw = (kind: string): boolean => {
      asked.push(kind)
      return hasBudget === 'budget'
    }
    const means = { p50Ms: 20, hasAnother: true, isPanic: false, isBreakerOpen: false, budget: { tryWithdraw } }
    return {
      verdict: decideHedge({ ...moment, ...row.moment }, { ...rules, ...row.rules }, { ...means, ...row.means }),
      asked,
    }
  }

  it.each<Row>([
    { when: 'a first one' },
    { when: 'a second one where two are allowed', moment: { hedges: 1 }, rules: { max: 2 } },
    { when: 'one though nobody knows how long answers take', moment: { remainingMs: 1 }, means: { p50Ms: undefined } },
    { when: 'one without a deadline', moment: { remainingMs: Number.POSITIVE_INFINITY } },
    { when: 'one with time for one more answer', moment: { remainingMs: 21 } },
  ])('for $when, and withdraws it from the budget as a hedge', (row) => {
    expect(decide(row)).toEqual({ verdict: 'send', asked: ['hedge'] })
  })

  it.each<Row & { why: HedgeRefusal }>([
    { when: 'the client has an answer', why: 'answered', moment: { isAnswered: true } },
    { when: 'the method is not safe', why: 'not_hedgeable', moment: { method: 'PUT' } },
    { when: 'there is a body', why: 'not_hedgeable', moment: { body: 'body' } },
    { when: 'enough were made', why: 'max', moment: { hedges: 1 } },
    { when: 'the upstream asked to be left alone', why: 'pushback', moment: { hadPushback: true } },
    { when: 'few endpoints are healthy', why: 'panic', means: { isPanic: true } },
    { when: 'a circuit is open', why: 'breaker_open', means: { isBreakerOpen: true } },
    { when: 'there is no other endpoint', why: 'no_endpoint', means: { hasAnother: false } },
    { when: 'half of all answers would come too late', why: 'no_time', moment: { remainingMs: 20 } },
    { when: 'the time is over', why: 'no_time', moment: { remainingMs: 0 }, means: { p50Ms: undefined } },
  ])('against it when $when, says $why and spends nothing', ({ why, ...row }) => {
    expect(decide(row)).toEqual({ verdict: why, asked: [] })
  })

  it('against it when the budget is spent', () => {
    expect(decide({ when: '' }, 'none')).toEqual({ verdict: 'budget', asked: ['hedge'] })
  })
})
