import { fakeClock } from '@podmates/shared/testing/fake-clock.ts'
import { recordingLog } from '@podmates/shared/testing/recording-log.ts'
import { expect, it } from 'vitest'
import { createProgress } from './progress.ts'

const db = { step: 'db', target: 'tcp://db:5432' }

function newProgress() {
  const clock = fakeClock()
  const log = recordingLog()
  const over = new AbortController()
  return { clock, log, over, progress: createProgress({ clock, log }) }
}

it('logs a reason when it is new for the step, and not again for each try', () => {
  const { log, progress } = newProgress()
  progress.begun(db)
  for (let tries = 1; tries <= 50; tries += 1) {
    progress.missed(db, tries % 2 === 0 ? 'connection refused' : 'the name is not known', tries)
  }
  expect(log.messages()).toEqual(['waiting', 'not ready yet', 'not ready yet'])
  expect(log.lines[1]?.fields).toEqual({ ...db, reason: 'the name is not known', tries: 1 })
})

it('logs each 15 s what is still missing and why', async () => {
  const { clock, log, over, progress } = newProgress()
  progress.begun(db)
  const beating = progress.heartbeat(over.signal)
  progress.missed(db, 'connection refused', 9)
  await clock.advance(30_000)
  expect(log.lines.slice(2)).toEqual([
    {
      level: 'info',
      message: 'still waiting',
      fields: { duration_ms: 15_000, steps: [{ ...db, tries: 9, reason: 'connection refused' }] },
    },
    { level: 'info', message: 'still waiting', fields: expect.objectContaining({ duration_ms: 30_000 }) },
  ])
  over.abort()
  await beating
  expect(clock.pending()).toBe(0)
})

it('says nothing more of a step that is ready', async () => {
  const { clock, log, over, progress } = newProgress()
  progress.begun(db)
  progress.ended({ ...db, result: { outcome: 'ready', tries: 3, durationMs: 1250 } })
  const beating = progress.heartbeat(over.signal)
  await clock.advance(60_000)
  over.abort()
  await beating
  expect(log.lines.map(({ message, fields }) => ({ message, ...fields }))).toEqual([
    { message: 'waiting', ...db },
    { message: 'ready', ...db, outcome: 'ready', tries: 3, duration_ms: 1250 },
  ])
})

it('names at most 20 steps in one line and counts the others', async () => {
  const { clock, log, over, progress } = newProgress()
  for (let n = 0; n < 25; n += 1) progress.begun({ step: `s${n}`, target: 'tcp://x:1' })
  const beating = progress.heartbeat(over.signal)
  await clock.advance(15_000)
  over.abort()
  await beating
  const fields = log.lines.at(-1)?.fields
  expect(fields?.steps).toHaveLength(20)
  expect(fields?.more).toBe(5)
})
