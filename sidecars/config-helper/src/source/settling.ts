/**
 * Gathers a burst of changes into one: an update that touches several sources, or one source several times,
 * must become one generation and one reload. Waits until nothing has changed for a while, but not for ever,
 * so that a source that never rests is published all the same.
 */
export type Settling = { readonly state: 'settled' } | Burst

/** Changes that came shortly after one another; monotonic times of the first and the last. */
export interface Burst {
  readonly state: 'settling'
  readonly firstMs: number
  readonly lastMs: number
}

/** How patient the gathering is. */
export interface SettlingRules {
  /** Without a change for so many milliseconds the sources count as settled. */
  readonly quietMs: number
  /** So many milliseconds after the first change they count as settled, whatever still changes. */
  readonly maxMs: number
}

export const settled: Settling = { state: 'settled' }

/** @param nowMs monotonic */
export function onChange(settling: Settling, nowMs: number): Burst {
  switch (settling.state) {
    case 'settled':
      return { state: 'settling', firstMs: nowMs, lastMs: nowMs }
    case 'settling':
      return { ...settling, lastMs: nowMs }
  }
}

/** @returns when the changes so far are to be taken, monotonic ms */
export function settlesAtMs({ firstMs, lastMs }: Burst, { quietMs, maxMs }: SettlingRules): number {
  return Math.min(lastMs + quietMs, firstMs + maxMs)
}
