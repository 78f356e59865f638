/**
 * The connections to one endpoint. An idle one is used again, the youngest first, so that the others
 * grow old and are closed; each is closed before the upstream is likely to, because a request that meets
 * the upstream's closing is lost.
 */
import type { Address } from '@podmates/shared/config/values/address.ts'
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'
import { ClientConnection } from '../../http1/client-connection.ts'
import type { ConnectionOwner, ResponseEvents } from '../../http1/response-events.ts'
import type { ConnectionRules } from '../endpoint.ts'

export interface ConnectionPoolWorld {
  readonly clock: Clock
}

export class ConnectionPool implements ConnectionOwner {
  readonly #target: Address
  readonly #rules: ConnectionRules
  readonly #clock: Clock
  readonly #open = new Set<ClientConnection>()
  /** The youngest last. */
  readonly #idle: ClientConnection[] = []
  #cancelSweep: Cancel | undefined
  #isRetired = false

  constructor(target: Address, rules: ConnectionRules, { clock }: ConnectionPoolWorld) {
    this.#target = target
    this.#rules = rules
    this.#clock = clock
  }

  get connections(): { readonly open: number; readonly idle: number } {
    return { open: this.#open.size, idle: this.#idle.length }
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
    if (this.#isRetired) {
      connection.close()
      return
    }
    connection.idleSinceMs = this.#clock.now()
    this.#idle.push(connection)
    this.#cancelSweep ??= this.#clock.after(this.#rules.idleTimeoutMs, () => this.#sweep())
  }

  onClosed(connection: ClientConnection): void {
    this.#open.delete(connection)
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    if (this.#idle.length === 0) this.#stopSweeping()
  }

  /** One timer for all idle connections: it wakes when the oldest is due. */
  #sweep(): void {
    this.#cancelSweep = undefined
    const dueMs = this.#clock.now() - this.#rules.idleTimeoutMs
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
