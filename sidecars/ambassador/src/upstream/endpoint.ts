/** One address of an upstream, with the connections to it. */
import { type Address, formatAddress } from '@podmates/shared/config/values/address.ts'
import type { ClientConnection } from '../http1/client-connection.ts'
import type { ResponseEvents } from '../http1/response-events.ts'
import type { MessageLimits } from '../http1/message-limits.ts'
import { ConnectionPool, type ConnectionPoolWorld } from './pool/connection-pool.ts'

export interface ConnectionRules {
  readonly limits: MessageLimits
  readonly connectTimeoutMs: number
  /** Milliseconds that an unused connection is kept: shorter than servers do, so that we close first. */
  readonly idleTimeoutMs: number
  /** What every connection reads into. */
  readonly readBuffer: Buffer
}

export class Endpoint {
  /** Its name in logs: `10.0.0.1:8080`, `[::1]:8080`, `unix:/run/app.sock`. */
  readonly address: string
  /** What it is called in a Host field. */
  readonly authority: string
  readonly #pool: ConnectionPool

  constructor(target: Address, rules: ConnectionRules, world: ConnectionPoolWorld) {
    this.address = formatAddress(target)
    this.authority = 'path' in target ? 'localhost' : this.address
    this.#pool = new ConnectionPool(target, rules, world)
  }

  /** Finds a connection for one request; `fresh` for the retry of one that an idle connection lost. */
  connect(events: ResponseEvents, how: 'reuse' | 'fresh'): ClientConnection {
    return this.#pool.connect(events, how)
  }

  get connections(): { readonly open: number; readonly idle: number } {
    return this.#pool.connections
  }

  /** Takes no part any more: requests in flight end in their own time, their connections are not kept. */
  retire(): void {
    this.#pool.retire()
  }
}
