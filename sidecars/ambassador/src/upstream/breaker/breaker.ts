/**
 * Runs one circuit: counts, waits, and hands out tickets. An attempt takes a ticket when it begins and brings it
 * back with its outcome; a ticket from before the last change of state says nothing about the present one.
 */
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'
import type { Random } from '@podmates/shared/world/random.ts'
import type { BreakerRules } from '../upstream-options.ts'
import {
  afterOutcome,
  afterProbe,
  type Circuit,
  closedCircuit,
  ejected,
  halfOpened,
  hasProbeSlot,
  type Moment,
  type Outcome,
  tripped,
  withProbe,
} from './circuit.ts'
import { OutcomeWindow } from './outcome-window.ts'

/** Time, and the jitter of how long it opens. */
export interface BreakerWorld {
  readonly clock: Clock
  readonly random: Random
}

/** Of an attempt whose outcome counts for nothing: it went past the circuit, in panic, or has brought its outcome. */
export const noTicket = -1

/** One circuit at work. */
export class Breaker {
  readonly #rules: BreakerRules
  readonly #world: BreakerWorld
  readonly #onChange: () => void
  readonly #window = new OutcomeWindow()
  #circuit: Circuit = closedCircuit
  /** How often the state has changed; a ticket is the era it was taken in. */
  #era = 0
  #cancelTimer: Cancel | undefined
  #isStopped = false

  /** @param onChange told of each change of state, and of each probe slot taken or freed */
  constructor(rules: BreakerRules, world: BreakerWorld, onChange: () => void) {
    this.#rules = rules
    this.#world = world
    this.#onChange = onChange
  }

  get circuit(): Circuit {
    return this.#circuit
  }

  /** An attempt may go: the circuit is closed, or half open with a free slot. */
  get admits(): boolean {
    const circuit = this.#circuit
    return circuit.state === 'closed' || (circuit.state === 'half_open' && hasProbeSlot(circuit, this.#rules))
  }

  /** Milliseconds until probes may go; 0 when they may. */
  get waitMs(): number {
    return this.#circuit.state === 'open' ? Math.max(0, this.#circuit.untilMs - this.#world.clock.now()) : 0
  }

  /** Takes a ticket, and with it a probe slot when it is half open. An attempt that `admits` says no to gets `noTicket`. */
  enter(): number {
    const circuit = this.#circuit
    if (circuit.state === 'closed') return this.#era
    if (circuit.state === 'open' || !hasProbeSlot(circuit, this.#rules)) return noTicket
    this.#circuit = withProbe(circuit)
    this.#onChange()
    return this.#era
  }

  /** @returns the ticket for what may still come of this attempt */
  settle(ticket: number, outcome: Outcome, retryAfterMs: number | undefined, nowMs: number): number {
    if (ticket !== this.#era) return noTicket
    const circuit = this.#circuit
    if (circuit.state === 'half_open') {
      this.#become(afterProbe(circuit, outcome, this.#rules, this.#moment(retryAfterMs)))
      return noTicket
    }
    if (circuit.state === 'closed' && outcome !== 'neutral') {
      this.#window.count(outcome === 'success' ? 'good' : 'bad', nowMs)
      if (outcome !== 'success' || circuit.failures > 0) {
        this.#become(afterOutcome(circuit, outcome, this.#window, this.#rules, this.#moment(retryAfterMs)))
      }
    }
    return ticket
  }

  /** The attempt ended without an outcome: a probe slot is free again. */
  cancel(ticket: number): void {
    if (ticket !== this.#era || this.#circuit.state !== 'half_open') return
    this.#become(afterProbe(this.#circuit, 'cancelled', this.#rules, this.#moment(undefined)))
  }

  /** An outcome that comes with this ticket would count. */
  isCurrent(ticket: number): boolean {
    return ticket === this.#era
  }

  /** Opens a closed circuit, for `atLeastMs` or more. */
  trip(atLeastMs: number): void {
    if (this.#circuit.state === 'closed') this.#become(tripped(this.#rules, this.#moment(atLeastMs)))
  }

  eject(forMs: number): void {
    this.#become(ejected(this.#circuit, forMs, this.#world.clock.now()))
  }

  /** Leaves no timer behind, nor makes one for attempts that end later. */
  stop(): void {
    this.#isStopped = true
    this.#cancelTimer?.()
  }

  #moment(retryAfterMs: number | undefined): Moment {
    return { nowMs: this.#world.clock.now(), jitter: this.#world.random.next(), retryAfterMs }
  }

  #become(circuit: Circuit): void {
    const before = this.#circuit
    if (circuit === before) return
    this.#circuit = circuit
    if (circuit.state === before.state && circuit.state !== 'half_open') return
    if (circuit.state !== before.state) this.#begin(circuit)
    this.#onChange()
  }

  #begin(circuit: Circuit): void {
    this.#era += 1
    this.#cancelTimer?.()
    if (circuit.state === 'closed') this.#window.clear()
    if (circuit.state !== 'open' || this.#isStopped) return
    const ms = Math.max(0, circuit.untilMs - this.#world.clock.now())
    this.#cancelTimer = this.#world.clock.after(ms, () => this.#become(halfOpened(circuit)))
  }
}
