/** A clock that stands still until a test moves it, and then fires every timer in the order of its due time. */
import { type Cancel, type Clock, sleepWith } from '../world/clock.ts'

export interface FakeClock extends Clock {
  /** Moves time forward, firing each due timer at its own time and letting promises settle in between. */
  advance(ms: number): Promise<void>
  /** How many timers wait; a test that ends with more than it started with found a leak. */
  pending(): number
  /** Sets the date without moving monotonic time, as an NTP step does. */
  setWall(ms: number): void
}

interface Timer {
  readonly dueMs: number
  readonly task: () => void
}

/** @param wallMs the date at the start, ms since the epoch; default 2026-01-01T00:00:00Z */
export function fakeClock(wallMs = 1_767_225_600_000): FakeClock {
  let nowMs = 0
  let wallOffsetMs = wallMs
  const timers = new Set<Timer>()

  const after = (ms: number, task: () => void): Cancel => {
    const timer = { dueMs: nowMs + Math.max(0, ms), task }
    timers.add(timer)
    return () => timers.delete(timer)
  }

  return {
    now: () => nowMs,
    wall: () => wallOffsetMs + nowMs,
    after,
    sleep: (ms, signal) => sleepWith(after, ms, signal),
    pending: () => timers.size,
    setWall: (ms) => {
      wallOffsetMs = ms - nowMs
    },
    async advance(ms) {
      const untilMs = nowMs + ms
      await settle()
      for (let timer = next(timers, untilMs); timer !== undefined; timer = next(timers, untilMs)) {
        timers.delete(timer)
        nowMs = timer.dueMs
        timer.task()
        await settle()
      }
      nowMs = untilMs
    },
  }
}

function next(timers: ReadonlySet<Timer>, untilMs: number): Timer | undefined {
  let first: Timer | undefined
  for (const timer of timers) {
    if (timer.dueMs <= untilMs && (first === undefined || timer.dueMs < first.dueMs)) first = timer
  }
  return first
}

/** Lets every promise that is ready now, and those that follow from it, run to its next wait. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
