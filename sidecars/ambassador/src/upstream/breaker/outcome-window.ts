/**
 * Counts outcomes of the last 10 s in buckets of 1 s. Exact counts, not a moving average: how much traffic
 * there is must not change how soon a failure is forgotten.
 */
import type { Tally } from './circuit.ts'

const buckets = 10
const bucketMs = 1000

export class OutcomeWindow implements Tally {
  readonly #total = new Uint32Array(buckets)
  readonly #bad = new Uint32Array(buckets)
  /** The number of the youngest bucket since the clock began. */
  #youngest = 0

  /** Of the last 10 s as of the last `count`. */
  total = 0
  bad = 0

  count(kind: 'good' | 'bad', nowMs: number): void {
    const bucket = Math.floor(nowMs / bucketMs)
    if (bucket > this.#youngest) this.#forget(bucket)
    const at = this.#youngest % buckets
    this.total += 1
    this.#total[at] = (this.#total[at] ?? 0) + 1
    if (kind === 'good') return
    this.bad += 1
    this.#bad[at] = (this.#bad[at] ?? 0) + 1
  }

  #forget(bucket: number): void {
    const passed = Math.min(buckets, bucket - this.#youngest)
    for (let step = 1; step <= passed; step += 1) {
      const at = (this.#youngest + step) % buckets
      this.total -= this.#total[at] ?? 0
      this.bad -= this.#bad[at] ?? 0
      this.#total[at] = 0
      this.#bad[at] = 0
    }
    this.#youngest = bucket
  }

  clear(): void {
    this.#total.fill(0)
    this.#bad.fill(0)
    this.total = 0
    this.bad = 0
  }
}
