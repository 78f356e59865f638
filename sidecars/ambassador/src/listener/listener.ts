/**
 * A port of the ambassador: accepts connections, gives each request to its route, and ends them all in
 * order. Two kinds, told apart by the address they are bound to:
 *
 * - outbound (loopback or a unix socket): the app calls out through it. It serves as before while the Pod
 *   drains, because the app still works, and ends at SIGTERM, when a native sidecar's app is gone.
 * - inbound (any other address): others call the app through it. From the drain on its answers say
 *   `connection: close`, and after `drainDelayMs`, when the last client knows, it accepts no more.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { type Address, formatAddress } from '@podmates/shared/config/values/address.ts'
import { CodedError } from '@podmates/shared/errors/coded-error.ts'
import type { Part, StopFacts } from '@podmates/shared/lifecycle/part.ts'
import { type CollapsingLogger, collapseRepeats } from '@podmates/shared/log/collapse-repeats.ts'
import type { Logger } from '@podmates/shared/log/logger.ts'
import type { Cancel, Clock } from '@podmates/shared/world/clock.ts'
import { tooManyConnections } from '../http1/refusal.ts'
import { type RequestHandler, ServerConnection, type ServerConnectionOptions } from '../http1/server-connection.ts'
import { removeStaleSocket } from './stale-socket.ts'

/** One entry of `listeners` in the configuration. */
export interface ListenerOptions extends ServerConnectionOptions {
  /** As the configuration calls it. */
  readonly label: string
  readonly target: Address
  readonly drainDelayMs: number
  /** Milliseconds that requests in flight have at the end. */
  readonly drainTimeoutMs: number
  /** Connections from clients at a time; one more is answered with 503 and closed, so that its client knows why. */
  readonly connectionsMax: number
}

/** What a listener does not do itself: deciding on requests. */
export type RequestEntry = Pick<RequestHandler, 'onRequest' | 'onRefusal'>

/** The world as a listener sees it. */
export interface ListenerWorld {
  readonly clock: Clock
  readonly log: Logger
  /** From here on no request gets a place at an endpoint. Harmless when called again. */
  readonly shutUpstreams: () => void
}

/** At the end, idle connections stay open this long: a request that is on its way to us is still answered. */
const idleWindowMs = 100

/** So many connections above the limit are answered at a time; further ones are dropped at once. */
const refusedMax = 100

/** Somebody who opens connections in a loop must not fill the log. */
const fullLogEveryMs = 10_000

/** One open port with its connections; a part of the sidecar's life. */
export class Listener implements Part {
  readonly name: string
  readonly label: string
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
  readonly stopTimeoutMs: number
  readonly #options: ListenerOptions
  readonly #handler: RequestHandler
  readonly #world: ListenerWorld
  readonly #server: Server
  readonly #open = new Set<ServerConnection>()
  /** Those of the open ones that are being refused: they take no place. */
  readonly #turnedAway = new Set<ServerConnection>()
  readonly #fullLog: CollapsingLogger
  readonly #onAllClosed: (() => void)[] = []
  #isLastAnswer = false
  #cut = 0
  #refused = 0
  #dropped = 0
  #cancelDelay: Cancel | undefined

  constructor(options: ListenerOptions, handler: RequestEntry, world: ListenerWorld) {
    this.name = `listener ${options.label}`
    this.label = options.label
    this.address = formatAddress(options.target)
    this.stopTimeoutMs = options.drainTimeoutMs
    this.direction = isLocal(options.target) ? 'outbound' : 'inbound'
    this.#options = options
    this.#handler = { ...handler, onClose: (connection) => this.#onClose(connection) }
    this.#world = world
    this.#fullLog = collapseRepeats(world.log, { everyMs: fullLogEveryMs }, world.clock)
    this.#server = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => this.#accept(socket))
  }

  get connections(): number {
    return this.#open.size
  }

  /** Connections that were answered with 503 and closed, because there were as many as may be. */
  get refused(): number {
    return this.#refused
  }

  /** Connections that were closed without an answer, because too many were being answered that there is no room. */
  get dropped(): number {
    return this.#dropped
  }

  async start(): Promise<void> {
    const { label, target } = this.#options
    if ('path' in target) await removeStaleSocket(target.path)
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => reject(cannotListen(this.#options, error)))
      this.#server.listen({ ...target, backlog: 1024 }, resolve)
    })
    this.#server.on('error', (err) =>
      this.#world.log.warn({ listener: label, err }, 'a connection could not be accepted'),
    )
    const address = formatAddress(boundAddress(this.#server, target))
    this.#world.log.info({ listener: label, address, direction: this.direction }, 'listening')
  }

  drain(): void {
    if (this.direction === 'outbound') return
    this.#announceEnd()
    this.#cancelDelay = this.#world.clock.after(this.#options.drainDelayMs, () => this.#server.close())
  }

  async stop(deadline: AbortSignal): Promise<StopFacts> {
    this.#cancelDelay?.()
    this.#server.close()
    this.#announceEnd()
    const inFlight = [...this.#open].filter((connection) => !connection.isIdle).length
    const allClosed = this.#allClosed()
    if (deadline.aborted) this.#cutAll()
    else deadline.addEventListener('abort', () => this.#cutAll(), { once: true })
    const cancelWindow = this.#world.clock.after(idleWindowMs, () => this.#closeIdle())
    await allClosed
    cancelWindow()
    this.#fullLog.flush()
    return { in_flight: inFlight, cut: this.#cut }
  }

  #accept(socket: Socket): void {
    const { label, connectionsMax } = this.#options
    const isFull = this.#open.size - this.#turnedAway.size >= connectionsMax
    if (isFull) {
      const fields = { listener: label, connections: connectionsMax, code: 'PM2014' }
      this.#fullLog.warn(fields, 'as many connections as may be: those that come are refused')
    }
    if (isFull && this.#turnedAway.size >= refusedMax) {
      this.#dropped += 1
      socket.destroy()
      return
    }
    const connection = new ServerConnection(socket, this.#handler, this.#options, this.#world.clock)
    this.#open.add(connection)
    if (isFull) {
      this.#refused += 1
      this.#turnedAway.add(connection)
      connection.refuse(tooManyConnections(`a connection above the ${connectionsMax} of this listener`))
    } else if (this.#isLastAnswer) connection.closeAfterAnswer()
  }

  #onClose(connection: ServerConnection): void {
    this.#open.delete(connection)
    this.#turnedAway.delete(connection)
    if (this.#open.size === 0) for (const resolve of this.#onAllClosed.splice(0)) resolve()
  }

  #announceEnd(): void {
    this.#isLastAnswer = true
    for (const connection of this.#open) connection.closeAfterAnswer()
  }

  #closeIdle(): void {
    for (const connection of this.#open) connection.closeWhenIdle()
  }

  /** A place that a cut request gives back must not go to one that waits: it would be sent, and nobody waits for its answer. */
  #cutAll(): void {
    this.#world.shutUpstreams()
    this.#cut = this.#open.size
    for (const connection of this.#open) connection.cutAtDrainEnd()
  }

  #allClosed(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#onAllClosed.push(resolve))
  }
}

/** With the port that the system chose where the configuration says 0. */
function boundAddress(server: Server, target: Address): Address {
  const bound = server.address()
  return typeof bound === 'object' && bound !== null ? { host: bound.address, port: bound.port } : target
}

/** Nothing outside the Pod can reach it. */
export function isLocal(target: Address): boolean {
  return 'path' in target || /^(127\.|::1$|localhost$)/.test(target.host)
}

function cannotListen({ label, target }: ListenerOptions, error: Error): CodedError {
  return new CodedError('PM2012', `listener ${label} cannot be opened at ${formatAddress(target)}: ${error.message}`, {
    cause: error,
  })
}
