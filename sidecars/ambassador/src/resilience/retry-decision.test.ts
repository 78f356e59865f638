import { seededRandom } from '@podmates/shared/world/random.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AttemptFailure,
  type BodyState,
  decideRetry,
  type FailedAttempt,
  type Retry,
  type RetryMeans,
  type RetryRefusal,
} from './retry-decision.ts'
import type { RetryRules } from './retry-rules.ts'

const connect: AttemptFailure = { kind: 'connect' }
const lost = { kind: 'lost', reused: false, answered: false } as const
const stale = { ...lost, reused: true } as const
const timeout: AttemptFailure = { kind: 'timeout' }
const unavailable = { kind: 'status', status: 503, retryAfter: undefined, isOverloaded: false } as const

const rules: RetryRules = {
  attempts: 3,
  perTryMs: 500,
  on: { connect: true, reset: true, timeout: true, statuses: new Set([429, 503]) },
  idempotent: 'auto',
  bodyBytes: 65_536,
}
const onNothing = { connect: false, reset: false, timeout: false, statuses: new Set<number>() }

const attempt: FailedAttempt = {
  failure: lost,
  method: 'GET',
  hasIdempotencyKey: false,
  body: 'none',
  isSent: true,
  attempts: 1,
  hadStale: false,
}

/** Draws the largest number there is nearly: waits are as long as they can be. */
const latest = { next: () => 0.999_999 }

function meansWith(change: Partial<RetryMeans> = {}): RetryMeans & { spent(): number } {
  let spent = 0
  const tryWithdraw = (): boolean => {
    spent += 1
    return true
  }
  const means = { remainingMs: 10_000, p50Ms: 20, hasAnother: true, budget: { tryWithdraw }, random: latest }
  return { ...means, ...change, spent: () => spent }
}

interface Row {
  readonly when: string
  readonly change?: Partial<FailedAttempt>
  readonly policy?: Partial<RetryRules> | 'off'
  readonly means?: Partial<RetryMeans>
}

function decide({ change = {}, policy = {}, means = {} }: Row) {
  const used = meansWith(means)
  const decision = decideRetry({ ...attempt, ...change }, policy === 'off' ? 'off' : { ...rules, ...policy }, used)
  return { decision, spent: used.spent() }
}

describe('makes another attempt, at the price of one from the budget', () => {
  it.each<Row & { safety: 'SAFE' | 'UNSAFE'; wait?: number }>([
    { when: 'there was no connection', change: { failure: connect }, safety: 'SAFE', wait: 0 },
    {
      when: 'there was no connection, whatever the method',
      change: { failure: connect, method: 'POST', body: 'held' },
      safety: 'SAFE',
      wait: 0,
    },
    {
      when: 'there was no connection, even where nothing may run twice',
      change: { failure: connect, method: 'POST' },
      policy: { idempotent: 'never' },
      safety: 'SAFE',
      wait: 0,
    },
    {
      when: 'there was no connection, and only the same endpoint to go to',
      change: { failure: connect },
      means: { hasAnother: false },
      safety: 'SAFE',
      wait: 25,
    },
    {
      when: 'there was no connection for the second time',
      change: { failure: connect, attempts: 2 },
      safety: 'SAFE',
      wait: 75,
    },
    ...['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'].map(
      (method) => ({ when: `${method} lost its connection`, change: { method }, safety: 'UNSAFE', wait: 25 }) as const,
    ),
    {
      when: 'POST has an Idempotency-Key',
      change: { method: 'POST', hasIdempotencyKey: true },
      safety: 'UNSAFE',
      wait: 25,
    },
    {
      when: 'the route calls POST idempotent',
      change: { method: 'POST' },
      policy: { idempotent: 'always' },
      safety: 'UNSAFE',
      wait: 25,
    },
    { when: 'the body was kept', change: { method: 'PUT', body: 'kept' }, safety: 'UNSAFE', wait: 25 },
    {
      when: 'the connection was lost in the middle of a body that was kept so far',
      change: { method: 'PUT', body: 'kept', isSent: false },
      safety: 'UNSAFE',
      wait: 25,
    },
    {
      when: 'the head of the answer broke off, of which the client has nothing',
      change: { failure: { ...lost, answered: true } },
      safety: 'UNSAFE',
      wait: 25,
    },
    {
      when: 'it broke off on a connection that was used before, which was not stale then',
      change: { failure: { ...stale, answered: true } },
      safety: 'UNSAFE',
      wait: 25,
    },
    {
      when: 'a stale connection was replaced before',
      change: { failure: stale, hadStale: true },
      safety: 'UNSAFE',
      wait: 25,
    },
    { when: 'the attempt took too long', change: { failure: timeout }, safety: 'UNSAFE', wait: 25 },
    {
      when: 'it took too long, and 504 is retried',
      change: { failure: timeout },
      policy: { on: { ...onNothing, statuses: new Set([504]) } },
      safety: 'UNSAFE',
      wait: 25,
    },
    { when: 'the status is one of those', change: { failure: unavailable }, safety: 'UNSAFE', wait: 25 },
    { when: 'two attempts failed', change: { failure: unavailable, attempts: 2 }, safety: 'UNSAFE', wait: 75 },
    {
      when: 'the wait is to be short, but never shorter than the back-off',
      change: { failure: { ...unavailable, retryAfter: 0 } },
      safety: 'UNSAFE',
      wait: 25,
    },
    {
      when: 'the wait is to be 2 s: it is up to half as long again',
      change: { failure: { ...unavailable, retryAfter: 2000 } },
      safety: 'UNSAFE',
      wait: 3000,
    },
    {
      when: 'an ambassador over there is overloaded, and there is another endpoint',
      change: { failure: { ...unavailable, isOverloaded: true } },
      safety: 'UNSAFE',
      wait: 25,
    },
    { when: 'there is just time enough', means: { remainingMs: 45 }, safety: 'UNSAFE', wait: 25 },
    {
      when: 'nobody knows how long answers take',
      means: { remainingMs: 25, p50Ms: undefined },
      safety: 'UNSAFE',
      wait: 25,
    },
    { when: 'there is no deadline', means: { remainingMs: Number.POSITIVE_INFINITY }, safety: 'UNSAFE', wait: 25 },
  ])('when $when', ({ safety, wait = 0, ...row }) => {
    const { decision, spent } = decide(row)
    expect(decision).toEqual({
      retry: true,
      class: safety,
      waitMs: expect.closeTo(wait, 1),
      connection: 'reuse',
      counts: 'attempt',
    })
    expect(spent).toBe(1)
  })
})

describe('replaces a stale connection, which is no attempt and costs nothing', () => {
  it.each<Row>([
    { when: 'an idle one turned out to be closed', change: { failure: stale } },
    { when: 'there is no other endpoint', change: { failure: stale }, means: { hasAnother: false } },
    { when: 'all attempts were made', change: { failure: stale, attempts: 3 } },
    { when: 'the route retries nothing that failed', change: { failure: stale }, policy: { on: onNothing } },
    { when: 'the budget is spent', change: { failure: stale }, means: { budget: { tryWithdraw: () => false } } },
    { when: 'POST has an Idempotency-Key', change: { failure: stale, method: 'POST', hasIdempotencyKey: true } },
    { when: 'the body was kept', change: { failure: stale, method: 'PUT', body: 'kept' } },
  ])('when $when', (row) => {
    const { decision, spent } = decide(row)
    expect(decision).toMatchObject({ retry: true, waitMs: 0, connection: 'fresh', counts: 'stale' })
    expect(spent).toBe(0)
  })
})

describe('does not try again, and spends nothing', () => {
  it.each<Row & { reason: RetryRefusal; why: RegExp }>([
    { when: 'retries are off', change: { failure: connect }, policy: 'off', reason: 'off', why: /off for this route/ },
    {
      when: 'retries are off, even on a stale connection',
      change: { failure: stale },
      policy: 'off',
      reason: 'off',
      why: /off/,
    },
    {
      when: 'the answer was no HTTP',
      change: { failure: { kind: 'invalid' } },
      reason: 'answered',
      why: /not in valid HTTP/,
    },
    {
      when: 'the answer came before the whole request was sent',
      change: { failure: unavailable, method: 'PUT', body: 'kept', isSent: false },
      reason: 'answered',
      why: /before it had the whole request/,
    },
    {
      when: 'failed connections are not retried',
      change: { failure: connect },
      policy: { on: { ...rules.on, connect: false } },
      reason: 'no_condition',
      why: /a failed connection/,
    },
    {
      when: 'lost connections are not retried',
      policy: { on: { ...rules.on, reset: false } },
      reason: 'no_condition',
      why: /a lost connection/,
    },
    {
      when: 'slow attempts are not retried',
      change: { failure: timeout },
      policy: { on: { ...rules.on, timeout: false } },
      reason: 'no_condition',
      why: /takes too long/,
    },
    {
      when: 'the status is not one of those',
      change: { failure: { ...unavailable, status: 500 } },
      reason: 'no_condition',
      why: /status 500/,
    },
    ...['POST', 'PATCH', 'CONNECT', 'LOCK', 'get'].map(
      (method) =>
        ({
          when: `${method} lost its connection`,
          change: { method },
          reason: 'not_idempotent',
          why: new RegExp(`may have been processed, and ${method} is not idempotent`),
        }) as const,
    ),
    { when: 'POST took too long', change: { method: 'POST', failure: timeout }, reason: 'not_idempotent', why: /POST/ },
    { when: 'POST got 503', change: { method: 'POST', failure: unavailable }, reason: 'not_idempotent', why: /POST/ },
    {
      when: 'the head of the answer to POST broke off',
      change: { method: 'POST', failure: { ...lost, answered: true } },
      reason: 'not_idempotent',
      why: /POST/,
    },
    {
      when: 'POST met a stale connection',
      change: { method: 'POST', failure: stale },
      reason: 'not_idempotent',
      why: /POST/,
    },
    {
      when: 'the route repeats nothing, not even GET',
      policy: { idempotent: 'never' },
      reason: 'not_idempotent',
      why: /the route repeats no such request/,
    },
    {
      when: 'the route repeats nothing, not even with an Idempotency-Key or on a stale connection',
      change: { method: 'POST', hasIdempotencyKey: true, failure: stale },
      policy: { idempotent: 'never' },
      reason: 'not_idempotent',
      why: /the route repeats no such request/,
    },
    {
      when: 'the body was too large to keep',
      change: { method: 'PUT', body: 'too_large' },
      reason: 'not_replayable',
      why: /larger than 65536 bytes/,
    },
    {
      when: 'there was no memory to keep it',
      change: { method: 'PUT', body: 'no_memory' },
      reason: 'not_replayable',
      why: /memory for bodies .* is full/,
    },
    {
      when: 'the body was not kept, on a stale connection',
      change: { method: 'PUT', body: 'too_large', failure: stale },
      reason: 'not_replayable',
      why: /larger/,
    },
    { when: 'three attempts were made', change: { attempts: 3 }, reason: 'attempts', why: /^3 attempts were made$/ },
    { when: 'the only attempt was made', policy: { attempts: 1 }, reason: 'attempts', why: /^1 attempt was made$/ },
    {
      when: 'the ambassador over there is overloaded, and there is no other endpoint',
      change: { failure: { ...unavailable, isOverloaded: true } },
      means: { hasAnother: false },
      reason: 'no_endpoint',
      why: /overloaded, and there is no other/,
    },
    { when: 'the time is over', means: { remainingMs: 0, p50Ms: undefined }, reason: 'no_time', why: /^0 ms are left/ },
    {
      when: 'the time is over, on a stale connection',
      change: { failure: stale },
      means: { remainingMs: 0, p50Ms: undefined },
      reason: 'no_time',
      why: /^0 ms are left/,
    },
    {
      when: 'there is time to wait, but not for the answer',
      means: { remainingMs: 44 },
      reason: 'no_time',
      why: /^44 ms are left, for 25 ms to wait and an answer that takes 20 ms$/,
    },
    {
      when: 'the wait is to be longer than what is left',
      change: { failure: { ...unavailable, retryAfter: 9000 } },
      reason: 'no_time',
      why: /^10000 ms are left, for 13500 ms to wait/,
    },
    {
      when: 'the wait is to be longer than anybody waits',
      change: { failure: { ...unavailable, retryAfter: 'too_long' } },
      means: { remainingMs: Number.POSITIVE_INFINITY },
      reason: 'no_time',
      why: /more than 5 minutes/,
    },
  ])('when $when: $reason', ({ reason, why, ...row }) => {
    const { decision, spent } = decide(row)
    expect(decision).toMatchObject({ retry: false, reason, why: expect.stringMatching(why) })
    expect(spent).toBe(0)
  })

  it('when the budget is spent', () => {
    const { decision } = decide({ when: '', means: { budget: { tryWithdraw: () => false } } })
    expect(decision).toEqual({ retry: false, class: 'UNSAFE', reason: 'budget', why: expect.stringMatching(/budget/) })
  })
})

describe('laws, for every request, failure, rule and means', () => {
  /** Mostly what allows a retry: with even chances nearly every case would end at the first of its nine conditions. */
  const mostly = <T>(usual: T, ...others: T[]): fc.Arbitrary<T> =>
    fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) })
  const failure = fc.oneof(
    fc.constantFrom<AttemptFailure>(connect, { kind: 'invalid' }, timeout),
    fc.record({
      kind: fc.constant('lost' as const),
      reused: fc.boolean(),
      answered: mostly(false, true),
    }),
    fc.record({
      kind: fc.constant('status' as const),
      status: mostly(503, 429, 500),
      retryAfter: fc.option(fc.oneof(fc.nat(500), fc.nat(300_000), fc.constant('too_long' as const)), {
        nil: undefined,
      }),
      isOverloaded: fc.boolean(),
    }),
  )
  const failed = fc.record({
    failure,
    method: mostly('GET', 'PUT', 'POST', 'PATCH', 'CONNECT'),
    hasIdempotencyKey: fc.boolean(),
    body: mostly<BodyState>('none', 'held', 'kept', 'too_large', 'no_memory'),
    isSent: mostly(true, false),
    attempts: fc.integer({ min: 1, max: 3 }),
    hadStale: fc.boolean(),
  })
  const policy = fc.oneof(
    {
      weight: 9,
      arbitrary: fc.record({
        attempts: fc.integer({ min: 1, max: 5 }),
        perTryMs: fc.constant(undefined),
        on: fc.record({
          connect: mostly(true, false),
          reset: mostly(true, false),
          timeout: mostly(true, false),
          statuses: mostly(new Set([429, 503]), new Set<number>(), new Set([504])),
        }),
        idempotent: mostly<RetryRules['idempotent']>('auto', 'always', 'never'),
        bodyBytes: fc.constant(65_536),
      }),
    },
    { weight: 1, arbitrary: fc.constant('off' as const) },
  )
  const situation = fc.record({
    failed,
    policy,
    remainingMs: fc.oneof(
      fc.double({ min: 0, max: 1000, noNaN: true }),
      fc.double({ min: 0, max: 500_000, noNaN: true }),
      fc.constant(Number.POSITIVE_INFINITY),
    ),
    p50Ms: fc.option(fc.double({ min: 0, max: 1000, noNaN: true }), { nil: undefined }),
    hasAnother: fc.boolean(),
    hasBudget: mostly(true, false),
    seed: fc.integer(),
  })

  type Situation = typeof situation extends fc.Arbitrary<infer T> ? T : never

  /** Holds the law against every retry of 5000 situations, and against a good number of them. */
  function everyRetry(law: (retry: Retry, rules: RetryRules, situation: Situation, asked: number) => void): void {
    let retries = 0
    fc.assert(
      fc.property(situation, (one) => {
        const { decision, asked } = decided(one)
        if (!decision.retry) return
        retries += 1
        if (one.policy === 'off') throw new Error('there was a retry although they are off')
        law(decision, one.policy, one, asked)
      }),
      { seed: 5, numRuns: 5000 },
    )
    expect(retries).toBeGreaterThan(300)
  }

  function decided({ failed, policy, hasBudget, seed, ...rest }: Situation) {
    let asked = 0
    const tryWithdraw = (): boolean => {
      asked += 1
      return hasBudget
    }
    const means = { ...rest, budget: { tryWithdraw }, random: seededRandom(seed) }
    return { decision: decideRetry(failed, policy, means), asked }
  }

  it('never sends twice what may have been processed and is not idempotent', () => {
    everyRetry((retry, { idempotent }, { failed: { failure, method, hasIdempotencyKey } }) => {
      const unprocessed = failure.kind === 'connect'
      expect(retry.class).toBe(unprocessed ? 'SAFE' : 'UNSAFE')
      if (unprocessed) return
      expect(idempotent).not.toBe('never')
      expect(idempotent === 'always' || hasIdempotencyKey || /^(GET|PUT)$/.test(method)).toBe(true)
    })
  })

  it('never retries what was not kept, nor replaces a connection that had begun to answer', () => {
    everyRetry(({ counts }, _rules, { failed: { failure, isSent, body } }) => {
      expect(body).not.toMatch(/too_large|no_memory/)
      if (counts === 'stale') expect(failure).toMatchObject({ kind: 'lost', answered: false })
      if (failure.kind === 'status') expect(isSent).toBe(true)
    })
  })

  it('never waits longer than there is time for, or shorter than the upstream asked', () => {
    everyRetry(({ waitMs }, _rules, { failed: { failure }, remainingMs, p50Ms = 0 }) => {
      expect(remainingMs).toBeGreaterThan(0)
      expect(waitMs + p50Ms).toBeLessThanOrEqual(remainingMs)
      if (failure.kind !== 'status' || failure.retryAfter === undefined) expect(waitMs).toBeLessThan(250)
      else expect(waitMs).toBeGreaterThanOrEqual(Number(failure.retryAfter))
    })
  })

  it('never makes more attempts than the rules allow, nor replaces a second stale connection', () => {
    everyRetry(({ counts }, { attempts }, { failed }) => {
      if (counts === 'attempt') expect(failed.attempts).toBeLessThan(attempts)
      else expect(failed.hadStale).toBe(false)
    })
  })

  it('takes one from the budget for each retry that is an attempt', () => {
    everyRetry(({ counts }, _rules, { hasBudget }, asked) => {
      expect(asked).toBe(counts === 'attempt' ? 1 : 0)
      expect(hasBudget || counts === 'stale').toBe(true)
    })
  })

  it('asks the budget only when nothing else is in the way, and always says why not', () => {
    const reasons = new Set<RetryRefusal>()
    fc.assert(
      fc.property(situation, (one) => {
        const { decision, asked } = decided(one)
        if (decision.retry) return
        expect(asked).toBe(decision.reason === 'budget' ? 1 : 0)
        expect(decision.why).toMatch(/^[^.]{10,}$/)
        reasons.add(decision.reason)
      }),
      { seed: 5, numRuns: 5000 },
    )
    expect(reasons.size).toBe(9)
  })
})
