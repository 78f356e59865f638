import { expect, it } from 'vitest'
import { createCheckpointPace } from './checkpoint-pace.ts'

const options = { checkpointMs: 1000, checkpointBytes: 1024 * 1024 }

/** A process that was killed within a second of each start never moved its checkpoint: the same lines came each time. */
it('is due 50 ms after the start, and then after twice as long each time, up to a second', () => {
  const pace = createCheckpointPace(options, 0)
  const dueMs: number[] = []
  for (let nowMs = 0; nowMs <= 4550; nowMs += 1) {
    if (!pace.isDue(nowMs)) continue
    dueMs.push(nowMs)
    pace.onSaved(nowMs)
  }
  expect(dueMs).toEqual([50, 150, 350, 750, 1550, 2550, 3550, 4550])
})

it('is due at once when 1 MiB was delivered since the last one', () => {
  const pace = createCheckpointPace(options, 0)
  pace.onDelivered(1024 * 1024 - 1)
  expect(pace.isDue(0)).toBe(false)
  pace.onDelivered(1)
  expect(pace.isDue(0)).toBe(true)
  pace.onSaved(0)
  expect(pace.isDue(0)).toBe(false)
})
