/**
 * Time as a parameter. Everything that waits, measures or stamps takes a `Clock`, so that a test can
 * hold time still and a reader can see what depends on it. `systemClock` is the only user of the
 * runtime's own timers.
 */

/** Ends a timer that has not fired yet; harmless afterwards. */
export type Cancel = () => void

/** What code may know of time, and the only ways to wait. */
export interface Clock {
  /** Monotonic milliseconds, fractional. Only differences have a meaning. */
  now(): number
  /** Milliseconds since the Unix epoch; may jump when the machine's date is set. */
  wall(): number
  /**
   * Runs `task` once, `ms` milliseconds from now. The timer keeps the process alive until it fired or was cancelled.
   * @param ms 0 .. 2_147_483_647; longer waits are refused by a RangeError
   */
  after(ms: number, task: () => void): Cancel
  /**
   * Resolves `ms` milliseconds from now.
   * @param signal rejects with its reason when it aborts first
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** The longest delay that the runtime's timers can hold; a longer one would fire at once. */
const longestDelayMs = 2_147_483_647

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after,
  sleep: (ms, signal) => sleepWith(after, ms, signal),
}

function after(ms: number, task: () => void): Cancel {
  if (ms > longestDelayMs) throw new RangeError(`a timer holds at most ${longestDelayMs} ms, not ${ms}`)
  const timer = setTimeout(task, ms)
  return () => clearTimeout(timer)
}

/** Builds an abortable sleep from a clock's `after`; shared with the fake clock, so that both wait alike. */
export function sleepWith(after: Clock['after'], ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const onAbort = (): void => {
      cancel()
      reject(signal?.reason)
    }
    const cancel = after(ms, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
