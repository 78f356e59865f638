/**
 * Randomness as a parameter: jitter, sampling and load balancing draw from a `Random`, so that a seed
 * replays a test. Not for secrets: those come from `node:crypto`.
 */
export interface Random {
  /** A number in [0, 1). */
  next(): number
}

export const systemRandom: Random = { next: () => Math.random() }

/** A whole number in [0, below). @param below 1 .. 2^32 */
export function integerBelow(random: Random, below: number): number {
  return Math.floor(random.next() * below)
}

/**
 * A repeatable `Random`: the same seed gives the same sequence on every machine (mulberry32, 32 bits of state).
 * @param seed any integer; only its low 32 bits count
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return {
    next: () => {
      state = (state + 0x6d2b79f5) >>> 0
      let mixed = Math.imul(state ^ (state >>> 15), state | 1)
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
    },
  }
}
