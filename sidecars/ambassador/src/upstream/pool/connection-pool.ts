/**
 * The connections to one endpoint. An idle one is used again, the youngest first, so that the others
 * grow old and are closed; each is closed before the upstream is likely to, because a request that meets
 * the upstream's closing is lost.
 */
import type { Address } from '@podmates/shared/config/values/address.ts'
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'
import { ClientConnection } from '../../http1/client-connection.ts'
import type { MessageLimits } from '../../http1/message-limits.ts'
import type { ConnectionOwner, ResponseEvents } from '../../http1/response-events.ts'
import type { ScratchBuffer } from '../../http1/scratch-buffer.ts'
import { LearnedIdle } from './learned-idle.ts'

export interface ConnectionRules {
  readonly limits: MessageLimits
  /** Milliseconds. Envoy: connect_timeout, HAProxy: timeout connect. */
  readonly connectTimeoutMs: number
  /**
   * Milliseconds that an unused connection is kept at most: shorter than servers do, so that we close first.
   * What an endpoint says or does shortens it further. Envoy: idle_timeout, HAProxy: pool-purge-delay.
   */
  readonly idleTimeoutMs: number
  /** What every connection reads into. */
  readonly readBuffer: Buffer
  /** What every connection writes large pieces from. */
  readonly scratch: ScratchBuffer
}

export interface ConnectionTarget {
  readonly target: Address
  readonly rules: ConnectionRules
}

export interface ConnectionPoolWorld {
  readonly clock: Clock
}

export interface ConnectionFacts {
  readonly open: number
  readonly idle: number
  /** How many idle ones the upstream has closed before we did, since the start. */
  readonly closedEarly: number
  /** Milliseconds that an idle one is kept at present. */
  readonly idleTimeoutMs: number
}

export class ConnectionPool implements ConnectionOwner {
  readonly #target: Address
  readonly #rules: ConnectionRules
  readonly #clock: Clock
  readonly #learnedIdle: LearnedIdle
  readonly #open = new Set<ClientConnection>()
  /** The youngest last. */
  readonly #idle: ClientConnection[] = []
  #cancelSweep: Cancel | undefined
  #isRetired = false
  #closedEarly = 0

  constructor({ target, rules }: ConnectionTarget, { clock }: ConnectionPoolWorld) {
    this.#target = target
    this.#rules = rules
    this.#clock = clock
    this.#learnedIdle = new LearnedIdle(rules.idleTimeoutMs)
  }

  get connections(): ConnectionFacts {
    const idleTimeoutMs = this.#learnedIdle.timeoutMs(this.#clock.now())
    return { open: this.#open.size, idle: this.#idle.length, closedEarly: this.#closedEarly, idleTimeoutMs }
  }

  /** @param how `fresh` passes over the idle connections */
  connect(events: ResponseEvents, how: 'reuse' | 'fresh'): ClientConnection {
    const idle = how === 'reuse' ? this.#idle.pop() : undefined
    if (idle !== undefined) {
      idle.carry(events)
      return idle
    }
    const options = { target: this.#target, ...this.#rules }
    const connection = new ClientConnection(options, events, this, this.#clock)
    this.#open.add(connection)
    return connection
  }

  onReusable(connection: ClientConnection): void {
    this.#learnedIdle.onAnnounced(connection.keepAliveMs)
    const nowMs = this.#clock.now()
    const idleTimeoutMs = this.#learnedIdle.timeoutMs(nowMs)
    if (this.#isRetired || idleTimeoutMs === 0) {
      connection.close()
      return
    }
    connection.idleSinceMs = nowMs
    this.#idle.push(connection)
    this.#cancelSweep ??= this.#clock.after(idleTimeoutMs, () => this.#sweep())
  }

  onClosed(connection: ClientConnection): void {
    this.#open.delete(connection)
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#onIdleClosed(connection, at)
    if (this.#idle.length === 0) this.#stopSweeping()
  }

  /** Only the upstream closes one that is still in the list. */
  #onIdleClosed(connection: ClientConnection, at: number): void {
    this.#idle.splice(at, 1)
    this.#closedEarly += 1
    const nowMs = this.#clock.now()
    this.#learnedIdle.onEarlyClose(nowMs - connection.idleSinceMs, nowMs)
    // What was learned may be shorter than the timer that runs.
    if (this.#cancelSweep === undefined) return
    this.#stopSweeping()
    this.#sweep()
  }

  /** One timer for all idle connections: it wakes when the oldest is due. */
  #sweep(): void {
    this.#cancelSweep = undefined
    const nowMs = this.#clock.now()
    const dueMs = nowMs - this.#learnedIdle.timeoutMs(nowMs)
    const young = this.#idle.findIndex((connection) => connection.idleSinceMs > dueMs)
    for (const connection of this.#idle.splice(0, young < 0 ? this.#idle.length : young)) connection.close()
    const oldest = this.#idle[0]
    if (oldest === undefined) return
    this.#cancelSweep = this.#clock.after(oldest.idleSinceMs - dueMs, () => this.#sweep())
  }

  #stopSweeping(): void {
    this.#cancelSweep?.()
    this.#cancelSweep = undefined
  }

  retire(): void {
    this.#isRetired = true
    this.#stopSweeping()
    for (const connection of this.#idle.splice(0)) connection.close()
  }
}
