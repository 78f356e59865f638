import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ExtraAttempt, type RetryBudget, type RetryBudgetRules, retryBudget } from './retry-budget.ts'

const rules = { ratio: 0.2, minPerSecond: 3, windowMs: 10_000 }

function start(change: Partial<typeof rules> = {}) {
  const clock = fakeClock()
  return { clock, budget: retryBudget({ ...rules, ...change }, clock) }
}

/** Requests that are over at once. */
function requests(budget: RetryBudget, count: number): void {
  for (let index = 0; index < count; index += 1) {
    budget.deposit()
    budget.requestEnded()
  }
}

/** Extra attempts, each over before the next is asked for. @returns how many were allowed */
function oneByOne(budget: RetryBudget, kind: ExtraAttempt, asked: number): number {
  let allowed = 0
  for (let index = 0; index < asked; index += 1) {
    if (!budget.tryWithdraw(kind)) continue
    allowed += 1
    budget.attemptEnded()
  }
  return allowed
}

describe('over the window', () => {
  it('allows a service without requests what minPerSecond gives', () => {
    const { budget } = start()
    expect(budget.balance).toBe(30)
    expect(oneByOne(budget, 'retry', 100)).toBe(30)
    expect(budget.balance).toBe(0)
  })

  it('allows a fifth of the requests besides', () => {
    const { budget } = start()
    requests(budget, 1000)
    expect(oneByOne(budget, 'retry', 1000)).toBe(230)
  })

  it('allows hedges a fifth of the requests and nothing of the minimum', () => {
    const { budget } = start()
    expect(oneByOne(budget, 'hedge', 10)).toBe(0)
    requests(budget, 15)
    expect(oneByOne(budget, 'hedge', 10)).toBe(3)
    expect(budget.balance).toBe(30)
  })

  it('allows hedges nothing that retries have spent', () => {
    const { budget } = start()
    requests(budget, 15)
    expect(oneByOne(budget, 'retry', 3)).toBe(3)
    expect(oneByOne(budget, 'hedge', 10)).toBe(0)
  })

  it('allows nothing with a ratio and a minimum of 0', () => {
    const { budget } = start({ ratio: 0, minPerSecond: 0 })
    requests(budget, 1000)
    expect(oneByOne(budget, 'retry', 10)).toBe(0)
  })

  it('remembers requests for a window less a hundredth, and what was spent for a window', async () => {
    const { clock, budget } = start()
    await clock.advance(50)
    requests(budget, 1000)
    expect(oneByOne(budget, 'retry', 1000)).toBe(230)
    await clock.advance(9849)
    expect(budget.balance).toBe(0)
    await clock.advance(101)
    expect(budget.balance).toBe(-200)
    await clock.advance(99)
    expect(budget.balance).toBe(-200)
    await clock.advance(1)
    expect(budget.balance).toBe(30)
  })

  it('remembers nothing after a long silence', async () => {
    const { clock, budget } = start()
    requests(budget, 1000)
    oneByOne(budget, 'retry', 230)
    await clock.advance(86_400_000)
    expect(budget.balance).toBe(30)
    requests(budget, 5)
    expect(budget.balance).toBe(31)
  })
})

describe('in flight', () => {
  /** Enough requests are over that the rate forbids nothing. */
  function startRich(change: Partial<RetryBudgetRules>) {
    const { budget } = start(change)
    for (let index = 0; index < 10_000; index += 1) {
      budget.deposit()
      budget.requestEnded()
    }
    return budget
  }

  it.each([
    { inFlight: 0, minPerSecond: 0, most: 3 },
    { inFlight: 20, minPerSecond: 0, most: 4 },
    { inFlight: 20, minPerSecond: 3, most: 30 },
    { inFlight: 200, minPerSecond: 3, most: 40 },
  ])(
    'allows $most extra attempts at a time beside $inFlight requests, with $minPerSecond a second at least',
    ({ inFlight, minPerSecond, most }) => {
      const budget = startRich({ minPerSecond })
      for (let index = 0; index < inFlight; index += 1) budget.deposit()
      const granted = Array.from({ length: 50 }, () => budget.tryWithdraw('retry')).filter(Boolean)
      expect(granted).toHaveLength(most)
      budget.attemptEnded()
      expect([budget.tryWithdraw('retry'), budget.tryWithdraw('retry')]).toEqual([true, false])
    },
  )

  it('counts a request no more when it is over', () => {
    const budget = startRich({ minPerSecond: 0 })
    expect(Array.from({ length: 50 }, () => budget.tryWithdraw('retry')).filter(Boolean)).toHaveLength(3)
  })

  it('does not spend what it refuses', () => {
    const { budget } = start()
    for (let index = 0; index < 50; index += 1) budget.tryWithdraw('retry')
    expect(budget.balance).toBe(0)
  })
})

it('keeps a total outage at 1000 requests a second to 1.2 attempts each and 3 a second', async () => {
  const { clock, budget } = start()
  let attempts = 0
  for (let second = 0; second < 30; second += 1) {
    for (let tick = 0; tick < 100; tick += 1) {
      requests(budget, 10)
      attempts += 10 + oneByOne(budget, 'retry', 20)
      await clock.advance(10)
    }
  }
  expect(attempts).toBeLessThanOrEqual(30_000 * 1.2 + 3 * 30)
  expect(attempts).toBeGreaterThan(30_000 * 1.19)
})

it('never spends more than ratio x requests + minimum x window, in any order of requests and failures, over any window', async () => {
  const step = fc.record({
    what: fc.constantFrom('requests' as const, 'retry' as const, 'retry' as const, 'hedge' as const),
    count: fc.integer({ min: 1, max: 60 }),
    pauseMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 12_000 })),
  })
  let granted = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const { clock, budget } = start()
      const requestTimes: number[] = []
      const extraTimes: number[] = []
      for (const { what, count, pauseMs } of steps) {
        await clock.advance(pauseMs)
        for (let index = 0; index < count; index += 1) {
          if (what === 'requests') requests(budget, 1)
          const times = what === 'requests' ? requestTimes : oneByOne(budget, what, 1) === 1 ? extraTimes : undefined
          times?.push(clock.now())
          const inWindow = (all: number[]): number => all.filter((at) => at > clock.now() - 10_000).length
          // A request that leaves the window takes nothing back that was spent.
          if (times === extraTimes)
            expect(inWindow(extraTimes)).toBeLessThanOrEqual(0.2 * inWindow(requestTimes) + 30 + 1e-9)
        }
      }
      const windows = Math.floor(clock.now() / 10_000) + 1
      expect(extraTimes.length).toBeLessThanOrEqual(0.2 * requestTimes.length + 30 * windows + 1e-9)
      granted += extraTimes.length
    }),
    { seed: 7, numRuns: 200 },
  )
  expect(granted).toBeGreaterThan(2000)
})
