/**
 * Attempts that wait for a place, first come, first served. All wait equally long at most, so the head is always
 * the first to time out and one timer is enough.
 */
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'

/** One place in the queue. */
export interface Queued<T> {
  readonly item: T
  readonly dueMs: number
}

export class WaitQueue<T> {
  readonly #timeoutMs: number
  readonly #clock: Clock
  readonly #onTimeout: (item: T) => void
  /** In the order of arrival; a set keeps it and forgets one from its middle at no cost. */
  readonly #waiting = new Set<Queued<T>>()
  #cancelTimer: Cancel | undefined

  constructor(timeoutMs: number, clock: Clock, onTimeout: (item: T) => void) {
    this.#timeoutMs = timeoutMs
    this.#clock = clock
    this.#onTimeout = onTimeout
  }

  get length(): number {
    return this.#waiting.size
  }

  get head(): Queued<T> | undefined {
    for (const queued of this.#waiting) return queued
    return undefined
  }

  add(item: T): Queued<T> {
    const queued = { item, dueMs: this.#clock.now() + this.#timeoutMs }
    this.#waiting.add(queued)
    this.#cancelTimer ??= this.#clock.after(this.#timeoutMs, () => this.#onTimer())
    return queued
  }

  /** Harmless when it is not there any more. */
  remove(queued: Queued<T>): void {
    this.#waiting.delete(queued)
    if (this.#waiting.size > 0) return
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  #onTimer(): void {
    this.#cancelTimer = undefined
    const nowMs = this.#clock.now()
    for (let { head } = this; head !== undefined && head.dueMs <= nowMs; head = this.head) {
      this.remove(head)
      this.#onTimeout(head.item)
    }
    const { head } = this
    if (head !== undefined) this.#cancelTimer ??= this.#clock.after(head.dueMs - nowMs, () => this.#onTimer())
  }
}
