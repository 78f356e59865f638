/**
 * Checks one endpoint again and again, each time on a connection of its own: an idle one that the endpoint has
 * just closed would look like a sick endpoint. Goes through the proxy's own codec, so that what passes a check
 * can also be spoken to.
 */
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'
import type { Random } from '@podmates/shared/world/random.ts'
import { ClientConnection } from '../../http1/client-connection.ts'
import type { ConnectionOwner, ResponseEvents } from '../../http1/response-events.ts'
import type { ResponseHead } from '../../http1/response-head.ts'
import type { ConnectionTarget } from '../pool/connection-pool.ts'
import type { HealthRules } from '../upstream-options.ts'
import type { CheckResult } from './health.ts'

export interface HealthCheckWorld {
  readonly clock: Clock
  readonly random: Random
}

export interface HealthCheckTarget extends ConnectionTarget {
  /** For the Host field. */
  readonly authority: string
}

export class HealthCheck {
  readonly #target: HealthCheckTarget
  readonly #rules: HealthRules
  readonly #world: HealthCheckWorld
  readonly #onResult: (result: CheckResult) => void
  #cancelWait: Cancel | undefined
  #probe: Probe | undefined

  constructor(
    target: HealthCheckTarget,
    rules: HealthRules,
    world: HealthCheckWorld,
    onResult: (result: CheckResult) => void,
  ) {
    this.#target = target
    this.#rules = rules
    this.#world = world
    this.#onResult = onResult
  }

  /** The first check begins at once. */
  start(): void {
    this.#probe = new Probe(this.#target, this.#rules, this.#world.clock, (result) => {
      this.#probe = undefined
      // A tenth of jitter: Pods that started together must not check together.
      const waitMs = this.#rules.intervalMs * (0.9 + 0.2 * this.#world.random.next())
      this.#cancelWait = this.#world.clock.after(waitMs, () => this.start())
      this.#onResult(result)
    })
  }

  stop(): void {
    this.#cancelWait?.()
    this.#probe?.abort()
  }
}

/** One GET: good when it is answered whole, in time, with 200..399 as for the probes of a kubelet. */
class Probe implements ResponseEvents, ConnectionOwner {
  readonly #head: string
  readonly #onResult: (result: CheckResult) => void
  readonly #cancelTimeout: Cancel
  readonly #connection: ClientConnection
  #isGood = false
  #isOver = false

  constructor(
    { target, rules, authority }: HealthCheckTarget,
    { path, timeoutMs }: HealthRules,
    clock: Clock,
    onResult: (result: CheckResult) => void,
  ) {
    this.#head = `GET ${path} HTTP/1.1\r\nhost: ${authority}\r\nuser-agent: podmates-health-check\r\nconnection: close\r\n\r\n`
    this.#onResult = onResult
    this.#cancelTimeout = clock.after(timeoutMs, () => this.#end('bad'))
    const connectTimeoutMs = Math.min(timeoutMs, rules.connectTimeoutMs)
    this.#connection = new ClientConnection({ ...rules, target, connectTimeoutMs }, this, this, clock)
  }

  abort(): void {
    this.#isOver = true
    this.#cancelTimeout()
    this.#connection.close()
  }

  #end(result: CheckResult): void {
    if (this.#isOver) return
    this.abort()
    this.#onResult(result)
  }

  upstreamReady(connection: ClientConnection): void {
    connection.sendHead(this.#head, { chunked: false, toHead: false, offered: undefined })
    connection.sendEnd()
    connection.flush()
  }

  responseHead({ status }: ResponseHead): void {
    this.#isGood = status < 400
  }

  responseEnd(): void {
    this.#end(this.#isGood ? 'good' : 'bad')
  }

  upstreamFailed(): void {
    this.#end('bad')
  }

  onReusable(connection: ClientConnection): void {
    connection.close()
  }

  responseFlush(): boolean {
    return true
  }

  // Nothing of these matters to a check.
  responseInterim(): void {}
  responseBody(): void {}
  responseTrailers(): void {}
  responseSwitched(): void {}
  upstreamWritable(): void {}
  onClosed(): void {}
}
