import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { recordingLog } from '@podmates/shared/testing/recording-log.ts'
import { expect, it } from 'vitest'
import { createProgress } from '../report/progress.ts'
import { createReport } from '../report/report.ts'
import { createPlanPart, type ShownPlannedStep } from './plan-part.ts'

const steps: ShownPlannedStep[] = [
  { name: 'db', after: [], shownTarget: 'tcp://db:5432' },
  { name: 'auth', after: ['db'], shownTarget: 'http://auth/' },
]

const noDeadline = new AbortController().signal

/** A plan whose steps are ready after a second each, except those named in `missing`. */
function newPlan(missing: readonly string[] = []) {
  const clock = fakeClock()
  const log = recordingLog()
  const seen = { finished: [] as number[], message: '', stderr: '' }
  const life = {
    finish: (code: number, message = '') => {
      seen.finished.push(code)
      seen.message = message
    },
  }
  const part = createPlanPart(steps, 10_000, {
    clock,
    progress: createProgress({ clock, log }),
    perform: async ({ name }, signal) => {
      const patienceMs = missing.includes(name) ? 1_000_000 : 1000
      return clock.sleep(patienceMs, signal).then(
        () => ({ end: 'ready', tries: 1 }),
        () => ({ end: 'aborted', tries: 7, lastError: 'connection refused' }),
      )
    },
    onDone: createReport({
      log,
      life,
      stderr: (text) => {
        seen.stderr += text
      },
    }),
  })
  return { clock, log, seen, part }
}

it('does not hold up the start: the process counts as started while the plan runs', async () => {
  const { part, seen } = newPlan()
  await part.start?.(noDeadline)
  expect(seen.finished).toEqual([])
})

it('finishes with 0 and a summary when every step is ready', async () => {
  const { clock, log, part, seen } = newPlan()
  await part.start?.(noDeadline)
  await clock.advance(2000)
  expect(seen.finished).toEqual([0])
  expect(seen.message).toContain('done after 2s: 2 of 2 ready')
  expect(seen.stderr).toBe('')
  expect(log.messages()).toEqual(['ready', 'ready', 'all steps are ready'])
})

it('finishes with 124 when the time is over, and tells the same on stderr and in the termination message', async () => {
  const { clock, part, seen, log } = newPlan(['auth'])
  await part.start?.(noDeadline)
  await clock.advance(10_000)
  expect(seen.finished).toEqual([124])
  expect(seen.message).toContain('PM4001 the time was over after 10s: 1 of 2 ready')
  expect(seen.stderr).toBe(`${seen.message}\n`)
  expect(log.lines.at(-1)).toMatchObject({ level: 'error', message: 'gave up', fields: { verdict: 'timeout' } })
  expect(clock.pending()).toBe(0)
})

it('when stopped before it is done, names what was missing and leaves the exit code to the signal', async () => {
  const { clock, part, seen } = newPlan(['auth'])
  await part.start?.(noDeadline)
  await clock.advance(3000)
  expect(await part.stop?.(noDeadline)).toEqual({ ready: 1, not_ready: 'auth' })
  expect(seen.finished).toEqual([])
  expect(clock.pending()).toBe(0)
})
