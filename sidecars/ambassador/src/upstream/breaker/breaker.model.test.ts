/**
 * The breaker against a model that is as simple as the words for it: a list of what was seen, searched anew
 * each time.
 */
import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Breaker, noTicket } from './breaker.ts'
import type { Outcome } from './circuit.ts'

const rules = { consecutive: 3, ratio: 0.5, minRequests: 6, openMinMs: 1000, openMaxMs: 8000, probes: 2 }

interface Attempt {
  readonly ticket: number
  /** The model's own: how many changes of state there had been, and whether it was a probe. */
  readonly era: number
}

class Model {
  state: 'closed' | 'open' | 'half_open' = 'closed'
  era = 0
  row = 0
  seen: { second: number; bad: boolean }[] = []
  opened = 0
  untilMs = 0
  probing = 0
  passed = 0

  tick(nowMs: number): void {
    if (this.state === 'open' && nowMs >= this.untilMs) this.become('half_open')
  }

  become(state: Model['state']): void {
    this.state = state
    this.era += 1
    this.row = 0
    this.seen = []
    this.probing = 0
    this.passed = 0
  }

  open(nowMs: number): void {
    this.opened += 1
    this.untilMs = nowMs + Math.min(1000 * 2 ** (this.opened - 1), 8000 / 1.5)
    this.become('open')
  }

  enter(): boolean {
    if (this.state === 'closed') return true
    if (this.state === 'open' || this.probing >= rules.probes) return false
    this.probing += 1
    return true
  }

  settleProbe(outcome: Outcome, nowMs: number): void {
    this.probing -= 1
    if (outcome === 'failure' || outcome === 'limited') this.open(nowMs)
    else this.passed += 1
    if (this.passed < rules.probes) return
    this.opened = 0
    this.become('closed')
  }

  settle(outcome: Outcome, nowMs: number): void {
    if (this.state === 'half_open') {
      this.settleProbe(outcome, nowMs)
      return
    }
    if (outcome === 'neutral') return
    const second = Math.floor(nowMs / 1000)
    const bad = outcome !== 'success'
    this.seen.push({ second, bad })
    if (outcome === 'success') this.row = 0
    if (outcome === 'failure') this.row += 1
    const recent = this.seen.filter((each) => each.second > second - 10)
    const failing = recent.filter((each) => each.bad).length / recent.length >= rules.ratio
    if (bad && (this.row >= rules.consecutive || (recent.length >= rules.minRequests && failing))) this.open(nowMs)
  }
}

const outcomes: Outcome[] = ['success', 'success', 'failure', 'failure', 'failure', 'limited', 'neutral']
const step = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ do: 'enter' } as const) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('settle'), which: fc.nat(), outcome: fc.constantFrom(...outcomes) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel'), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.integer({ min: 1, max: 3000 }) }) },
)

it('does what the words for it say, and loses no probe slot, in any order of attempts, outcomes and time', async () => {
  const reached = { closed: 0, open: 0, half_open: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 60, maxLength: 120 }), async (steps) => {
      const clock = fakeClock()
      const breaker = new Breaker(rules, { clock, random: { next: () => 0 } }, () => undefined)
      const model = new Model()
      const underWay: Attempt[] = []
      for (const each of steps) {
        if (each.do === 'wait') {
          await clock.advance(each.ms)
          model.tick(clock.now())
        } else if (each.do === 'enter') {
          expect(breaker.admits).toBe(model.state === 'closed' || (model.state === 'half_open' && model.probing < 2))
          const ticket = breaker.enter()
          expect(ticket !== noTicket).toBe(model.enter())
          if (ticket !== noTicket) underWay.push({ ticket, era: model.era })
        } else if (underWay.length > 0) {
          const [attempt] = underWay.splice(each.which % underWay.length, 1)
          if (attempt === undefined) continue
          const counts = attempt.era === model.era
          if (each.do === 'cancel') {
            breaker.cancel(attempt.ticket)
            if (counts && model.state === 'half_open') model.probing -= 1
          } else {
            breaker.settle(attempt.ticket, each.outcome, undefined, clock.now())
            if (counts) model.settle(each.outcome, clock.now())
          }
        }
        reached[model.state] += 1
        const { circuit } = breaker
        expect(circuit.state).toBe(model.state)
        if (circuit.state === 'closed') expect(circuit.failures).toBe(model.row)
        if (circuit.state === 'open') expect(circuit.untilMs).toBe(model.untilMs)
        if (circuit.state === 'half_open')
          expect([circuit.probing, circuit.passed]).toEqual([model.probing, model.passed])
      }
      breaker.stop()
      expect(clock.pending()).toBe(0)
    }),
    { seed: 1, numRuns: 400 },
  )
  for (const times of Object.values(reached)) expect(times).toBeGreaterThan(500)
})
