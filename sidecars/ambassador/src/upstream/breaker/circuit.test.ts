import fc from 'fast-check'
import { expect, it } from 'vitest'
import { breakerRules as rules } from '../testdata/test-upstream.ts'
import { afterOutcome, afterProbe, type Circuit, closedCircuit, ejected, openMs, outcomeOf } from './circuit.ts'

const moment = { nowMs: 0, jitter: 0, retryAfterMs: undefined }
const few = { bad: 1, total: 1 }

it.each([
  { status: 200, outcome: 'success' },
  { status: 304, outcome: 'success' },
  { status: 400, outcome: 'neutral' },
  { status: 404, outcome: 'neutral' },
  { status: 429, outcome: 'limited' },
  { status: 500, outcome: 'failure' },
  { status: 503, outcome: 'failure' },
])('$status is $outcome', ({ status, outcome }) => {
  expect(outcomeOf(status)).toBe(outcome)
})

function after(outcomes: readonly Parameters<typeof afterOutcome>[1][], tally = few): Circuit {
  let circuit: Circuit = closedCircuit
  for (const outcome of outcomes) {
    if (circuit.state === 'closed') circuit = afterOutcome(circuit, outcome, tally, rules, moment)
  }
  return circuit
}

const five = Array<'failure'>(5).fill('failure')

it.each([
  { what: '5 failures in a row', outcomes: five, state: 'open' },
  { what: '4 failures', outcomes: five.slice(1), state: 'closed' },
  { what: 'a success among them', outcomes: [...five.slice(1), 'success', ...five.slice(1)], state: 'closed' },
  { what: 'a 404 among them', outcomes: [...five.slice(1), 'neutral', 'failure'], state: 'open' },
  { what: 'any number of 429 of few requests', outcomes: Array(50).fill('limited'), state: 'closed' },
] as const)('with $what it is $state', ({ outcomes, state }) => {
  expect(after(outcomes).state).toBe(state)
})

it.each([
  { bad: 10, total: 20, outcome: 'failure', state: 'open' },
  { bad: 9, total: 20, outcome: 'failure', state: 'closed' },
  { bad: 19, total: 19, outcome: 'failure', state: 'closed' },
  { bad: 10, total: 20, outcome: 'limited', state: 'open' },
  { bad: 10, total: 20, outcome: 'success', state: 'closed' },
] as const)('with $bad bad of $total in 10 s and a $outcome it is $state', ({ bad, total, outcome, state }) => {
  expect(after([outcome], { bad, total }).state).toBe(state)
})

const half = { state: 'half_open', opened: 1, probing: 1, passed: 0 } as const

it.each([
  { outcome: 'success', becomes: closedCircuit },
  { outcome: 'neutral', becomes: closedCircuit },
  { outcome: 'cancelled', becomes: { ...half, probing: 0 } },
  { outcome: 'failure', becomes: { state: 'open', why: 'failures', untilMs: 2000, opened: 2 } },
  { outcome: 'limited', becomes: { state: 'open', why: 'failures', untilMs: 2000, opened: 2 } },
] as const)('a probe that ends as $outcome decides', ({ outcome, becomes }) => {
  expect(afterProbe(half, outcome, rules, moment)).toEqual(becomes)
})

it('closes only when as many probes have passed as it lets through', () => {
  const three = { ...rules, probes: 3 }
  const second = afterProbe({ ...half, probing: 3, passed: 1 }, 'success', three, moment)
  expect(second).toEqual({ ...half, probing: 2, passed: 2 })
  expect(afterProbe({ ...half, probing: 1, passed: 2 }, 'success', three, moment)).toEqual(closedCircuit)
})

it.each([
  { times: 1, jitter: 0, ms: 1000 },
  { times: 1, jitter: 0.5, ms: 1250 },
  { times: 4, jitter: 0, ms: 8000 },
  { times: 40, jitter: 0, ms: 40_000 },
  { times: 40, jitter: 0.999, ms: 59_980 },
])('opens for $ms ms the $times. time with jitter $jitter', ({ times, jitter, ms }) => {
  expect(openMs(times, rules, { jitter, retryAfterMs: undefined })).toBeCloseTo(ms, 6)
})

it.each([
  { retryAfterMs: 20_000, ms: 20_000 },
  { retryAfterMs: 10, ms: 1000 },
  { retryAfterMs: 86_400_000, ms: 300_000 },
])('a Retry-After of $retryAfterMs ms keeps it open for $ms ms', ({ retryAfterMs, ms }) => {
  expect(openMs(1, rules, { jitter: 0, retryAfterMs })).toBe(ms)
})

it('stays open between its least and its longest time, whatever the jitter', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 0, max: 100_000 }),
      fc.integer({ min: 1, max: 60 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (openMinMs, more, times, jitter) => {
        const openMaxMs = openMinMs + more
        const ms = openMs(times, { ...rules, openMinMs, openMaxMs }, { jitter, retryAfterMs: undefined })
        expect(ms).toBeGreaterThanOrEqual(openMinMs)
        expect(ms).toBeLessThanOrEqual(openMaxMs)
      },
    ),
    { seed: 1 },
  )
})

it('opens for an outlier from any state, and remembers how often it has opened', () => {
  expect(ejected(closedCircuit, 30_000, 5)).toEqual({ state: 'open', why: 'outlier', untilMs: 30_005, opened: 1 })
  expect(ejected({ ...half, opened: 3 }, 30_000, 5).opened).toBe(3)
})
