import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StepResult } from '../report/step-result.ts'
import { type Performed, type PlannedStep, runSteps } from './run-steps.ts'

const step = (name: string, after: string[] = [], timeoutMs?: number): PlannedStep => ({ name, after, timeoutMs })

/** What the step called `name` does: ready or hopeless after so many milliseconds, or never anything. */
type Script = Readonly<Record<string, { end: 'ready' | 'hopeless'; afterMs: number } | 'never'>>

function newRun(steps: readonly PlannedStep[], script: Script, timeoutMs = 60_000) {
  const clock = fakeClock()
  const over = new AbortController()
  const begun: string[] = []
  let results: ReadonlyMap<string, StepResult> | undefined
  const perform = async ({ name }: PlannedStep, signal: AbortSignal): Promise<Performed> => {
    begun.push(`${name} at ${clock.now()}`)
    const plot = script[name] ?? 'never'
    const aborted = { end: 'aborted', tries: 2, lastError: 'refused' } as const
    try {
      await clock.sleep(plot === 'never' ? 2_000_000_000 : plot.afterMs, signal)
    } catch {
      return aborted
    }
    if (plot === 'never') return aborted
    return plot.end === 'ready' ? { end: 'ready', tries: 1 } : { end: 'hopeless', tries: 1, lastError: 'no such file' }
  }
  const done = runSteps(steps, { timeoutMs, signal: over.signal }, { clock, perform, onResult: () => {} }).then(
    (map) => {
      results = map
    },
  )
  return { clock, over, begun, done, results: () => Object.fromEntries(results ?? []) }
}

it('runs steps that do not depend on each other at the same time', async () => {
  const run = newRun([step('a'), step('b')], {
    a: { end: 'ready', afterMs: 3000 },
    b: { end: 'ready', afterMs: 4000 },
  })
  await run.clock.advance(4000)
  expect(run.begun).toEqual(['a at 0', 'b at 0'])
  expect(run.results()).toEqual({
    a: { outcome: 'ready', tries: 1, durationMs: 3000 },
    b: { outcome: 'ready', tries: 1, durationMs: 4000 },
  })
  expect(run.clock.pending()).toBe(0)
})

it('begins a step when all that it comes after are ready, not before', async () => {
  const run = newRun([step('c', ['a', 'b']), step('b', ['a']), step('a')], {
    a: { end: 'ready', afterMs: 100 },
    b: { end: 'ready', afterMs: 100 },
    c: { end: 'ready', afterMs: 100 },
  })
  await run.clock.advance(300)
  expect(run.begun).toEqual(['a at 0', 'b at 100', 'c at 200'])
})

describe('when the time is over', () => {
  it('of the whole plan, fails every step that still waits and skips those that had not begun', async () => {
    const run = newRun([step('a'), step('b'), step('c', ['b'])], { a: { end: 'ready', afterMs: 100 } }, 1000)
    await run.clock.advance(1000)
    expect(run.results()).toEqual({
      a: { outcome: 'ready', tries: 1, durationMs: 100 },
      b: { outcome: 'failed', cause: 'timeout', tries: 2, durationMs: 1000, lastError: 'refused' },
      c: { outcome: 'skipped', after: ['b'] },
    })
  })

  it('of one step, fails that step and cuts the others, because the Pod cannot go on anyway', async () => {
    const run = newRun([step('a', [], 500), step('b')], {})
    await run.clock.advance(500)
    expect(run.results()).toEqual({
      a: { outcome: 'failed', cause: 'timeout', tries: 2, durationMs: 500, lastError: 'refused' },
      b: { outcome: 'cut', tries: 2, durationMs: 500, lastError: 'refused' },
    })
    expect(run.clock.pending()).toBe(0)
  })

  it('of one step, counts from its own beginning', async () => {
    const run = newRun([step('a'), step('b', ['a'], 500)], { a: { end: 'ready', afterMs: 400 } })
    await run.clock.advance(899)
    expect(run.results()).toEqual({})
    await run.clock.advance(1)
    expect(run.results()).toMatchObject({ b: { outcome: 'failed', cause: 'timeout', durationMs: 500 } })
  })
})

it('fails at once when a step is hopeless', async () => {
  const run = newRun([step('a'), step('b')], { a: { end: 'hopeless', afterMs: 10 } })
  await run.clock.advance(10)
  expect(run.results()).toEqual({
    a: { outcome: 'failed', cause: 'fatal', tries: 1, durationMs: 10, lastError: 'no such file' },
    b: { outcome: 'cut', tries: 2, durationMs: 10, lastError: 'refused' },
  })
})

it('begins nothing more after a failure, even when another step is ready at the same moment', async () => {
  const clock = fakeClock()
  const begun: string[] = []
  const perform = async ({ name }: PlannedStep): Promise<Performed> => {
    begun.push(name)
    await clock.sleep(name === 'a' ? 10 : 11)
    return name === 'a' ? { end: 'hopeless', tries: 1, lastError: 'no such file' } : { end: 'ready', tries: 1 }
  }
  const limits = { timeoutMs: 1000, signal: new AbortController().signal }
  const steps = [step('a'), step('b'), step('c', ['b'])]
  const done = runSteps(steps, limits, { clock, perform, onResult: () => {} })
  await clock.advance(100)
  expect((await done).get('c')).toEqual({ outcome: 'skipped', after: ['b'] })
  expect(begun).toEqual(['a', 'b'])
})

it('leaves no timer behind when a step was ready long before its own time was over', async () => {
  const run = newRun([step('a', [], 30_000)], { a: { end: 'ready', afterMs: 10 } })
  await run.clock.advance(10)
  expect(run.clock.pending()).toBe(0)
})

it('cuts what waits and begins nothing more when it is ended from outside', async () => {
  const run = newRun([step('a'), step('b', ['a'])], {})
  await run.clock.advance(50)
  run.over.abort()
  await run.done
  expect(run.results()).toEqual({
    a: { outcome: 'cut', tries: 2, durationMs: 50, lastError: 'refused' },
    b: { outcome: 'skipped', after: ['a'] },
  })
  expect(run.clock.pending()).toBe(0)
})

/** A plan without cycles whose steps take any time and may be hopeless or never ready. */
const anyPlan = fc
  .array(
    fc.record({
      after: fc.array(fc.nat({ max: 7 }), { maxLength: 3 }),
      timeoutMs: fc.option(fc.integer({ min: 1, max: 2000 }), { nil: undefined }),
      plot: fc.oneof(
        fc.constant('never' as const),
        fc.record({
          end: fc.constantFrom('ready' as const, 'ready' as const, 'ready' as const, 'hopeless' as const),
          afterMs: fc.integer({ min: 0, max: 1500 }),
        }),
      ),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((drafts) => ({
    steps: drafts.map(({ after, timeoutMs }, index) =>
      step(`s${index}`, [...new Set(after.filter((other) => other < index).map((other) => `s${other}`))], timeoutMs),
    ),
    script: Object.fromEntries(drafts.map(({ plot }, index) => [`s${index}`, plot])),
  }))

it('ends within its time with one result for each step, each begun once and only after those before it were ready', async () => {
  await fc.assert(
    fc.asyncProperty(anyPlan, async ({ steps, script }) => {
      const run = newRun(steps, script, 5000)
      await run.clock.advance(5000)
      const results = run.results()
      expect(Object.keys(results).toSorted()).toEqual(steps.map(({ name }) => name).toSorted())
      const begun = run.begun.map((line) => line.split(' ')[0])
      expect(new Set(begun).size).toBe(begun.length)
      for (const { name, after } of steps) {
        if (results[name]?.outcome === 'skipped') expect(begun).not.toContain(name)
        else for (const earlier of after) expect(results[earlier]?.outcome).toBe('ready')
      }
      expect(run.clock.pending()).toBe(0)
    }),
    { numRuns: 60 },
  )
})
