/**
 * What an answer of an endpoint is expected to take: an average over some 10 s that jumps up at once on a slow
 * answer and comes down slowly, also while nothing is sent, so that an endpoint that was slow is tried again.
 * (Finagle's and Linkerd's peak EWMA.)
 */

/** Milliseconds after which a value counts 1/e. */
const decayMs = 10_000

/** Milliseconds that an endpoint is expected to take before it has answered. */
const unseenMs = 30

/** Milliseconds that a failure counts at least: failures are fast, and without it they would draw traffic. */
export const failurePenaltyMs = 5000

/** Of one endpoint. */
export class PeakLatency {
  #ms = unseenMs
  #atMs: number

  constructor(nowMs: number) {
    this.#atMs = nowMs
  }

  /** Milliseconds. */
  expected(nowMs: number): number {
    return this.#ms * Math.exp((this.#atMs - nowMs) / decayMs)
  }

  /** @param ms from the request to the head of its answer */
  record(ms: number, nowMs: number): void {
    const kept = Math.exp((this.#atMs - nowMs) / decayMs)
    this.#ms = ms > this.#ms * kept ? ms : this.#ms * kept + ms * (1 - kept)
    this.#atMs = nowMs
  }

  /** @param ms that an attempt waited before it was given up: the answer would have taken longer, so it never lowers */
  recordAtLeast(ms: number, nowMs: number): void {
    if (ms > this.expected(nowMs)) this.record(ms, nowMs)
  }

  /** @param retryAfterMs what the endpoint asked for instead of the usual penalty */
  recordFailure(ms: number, retryAfterMs: number | undefined, nowMs: number): void {
    this.record(Math.max(ms, retryAfterMs ?? failurePenaltyMs), nowMs)
  }
}
