/**
 * Notices that nothing has moved for too long. One timer for a connection's whole life, set anew only when
 * it fires: a timer for each request would cost more than reading its head does.
 */
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'

export class IdleWatch {
  readonly #clock: Clock
  readonly #look: (idleMs: number) => number
  #sinceMs: number
  #cancel: Cancel

  /**
   * @param firstMs until the first look
   * @param look is told for how long nothing has moved. @returns milliseconds until the next look
   */
  constructor(clock: Clock, firstMs: number, look: (idleMs: number) => number) {
    this.#clock = clock
    this.#look = look
    this.#sinceMs = clock.now()
    this.#cancel = clock.after(firstMs, () => this.#onTimer())
  }

  /** Something has moved. */
  touch(): void {
    this.#sinceMs = this.#clock.now()
  }

  stop(): void {
    this.#cancel()
    this.#cancel = neverAgain
  }

  #onTimer(): void {
    const nextMs = this.#look(this.#clock.now() - this.#sinceMs)
    // `look` may have stopped the watch. Timers of the system may fire a little early, so 1 ms at least.
    if (this.#cancel !== neverAgain) this.#cancel = this.#clock.after(Math.max(1, nextMs), () => this.#onTimer())
  }
}

const neverAgain: Cancel = () => undefined
