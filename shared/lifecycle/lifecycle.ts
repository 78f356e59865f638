/**
 * One life for every sidecar: parts come up in order, keep serving while the Pod drains, and go down in
 * reverse, each within its own time. Signals are handled from the moment this object exists, because a
 * SIGTERM during start must end the process as cleanly as one an hour later.
 *
 *   starting -> started -> (draining) -> stopping -> stopped
 *
 * As a native sidecar the process gets SIGTERM after the app has ended, and `drain` (preStop) long before,
 * at the start of the Pod's termination; draining therefore never closes anything that the app still uses.
 */
import { CodedError } from '../errors/coded-error.ts'
import type { Logger } from '../log/logger.ts'
import type { Clock } from '../world/clock.ts'
import type { Part, StopFacts } from './part.ts'
import type { EndSignal, ProcessEdge } from './process-edge.ts'

export type Phase = 'starting' | 'started' | 'draining' | 'stopping' | 'stopped'

/** What became of one part at the end; `cut` is a part that did not stop in its time. */
export interface PartReport {
  readonly part: string
  readonly outcome: 'stopped' | 'cut' | 'failed'
  readonly duration_ms: number
  readonly error?: string
  readonly facts?: StopFacts
}

export interface Life {
  phase(): Phase
  /** True once every part has come up, and for ever after: what `/startupz` answers. */
  hasStarted(): boolean
  /** Calls `listener` with each phase that is entered from now on. */
  onPhase(listener: (phase: Phase) => void): void
  /** The Pod begins to end. Never ends the process; a second call changes nothing. */
  drain(reason: string): void
  /**
   * Ends in order, of its own accord, as the init waiter does.
   * @param exitCode 0..255
   * @param message stands in the termination message in place of the drain report
   */
  finish(exitCode: number, message?: string): void
  /** A part cannot go on: ends in order with exit code 1, and says why on every channel. */
  fail(error: unknown): void
  /** Starts the parts in this order; resolves when all have stopped and the exit code was given. Call it once. */
  run(parts: readonly Part[]): Promise<void>
}

export interface LifecycleOptions {
  /** The sidecar's name, for the log. */
  readonly name: string
  /** The exit code after SIGTERM or SIGINT; 0 unless the sidecar is a plain init container, whose 0 lets the Pod go on. */
  readonly signalExitCode?: number
}

export interface LifecycleWorld {
  readonly clock: Clock
  readonly log: Logger
  readonly process: ProcessEdge
}

/** How the process ends: decided once, by whatever asks first. */
interface Ending {
  readonly reason: string
  readonly exitCode: number
  readonly message?: string | undefined
}

/** Milliseconds to stop for a part that names none: inside the 2 s that the kubelet always leaves (KEP-753). */
const stopTimeoutMsDefault = 1500

/** After its deadline a part has this long to close what is left and to report what it cut. */
const cutGraceMs = 50

export function createLifecycle(options: LifecycleOptions, { clock, log, process }: LifecycleWorld): Life {
  const listeners: ((phase: Phase) => void)[] = []
  const { promise: ended, resolve: resolveEnded } = Promise.withResolvers<Ending>()
  const endBegun = new AbortController()
  const begun: Part[] = []
  const drained = new Set<Part>()
  const reports: PartReport[] = []
  const bornMs = clock.now()

  let phase: Phase = 'starting'
  let started = false
  let drainReason: string | undefined
  let ending: Ending | undefined
  let signals = 0

  process.onSignal(onSignal)
  process.onCrash((error) => fail(new CodedError('PM1003', `nothing caught: ${describe(error)}`, { cause: error })))

  return {
    phase: () => phase,
    hasStarted: () => started,
    onPhase: (listener) => {
      listeners.push(listener)
    },
    drain,
    finish: (exitCode, message) => end({ reason: 'finished', exitCode, message }),
    fail,
    run,
  }

  async function run(parts: readonly Part[]): Promise<void> {
    await startAll(parts).catch(fail)
    await stopAll(await ended)
  }

  async function startAll(parts: readonly Part[]): Promise<void> {
    for (const part of parts) {
      if (ending !== undefined) return
      begun.push(part)
      await startOne(part)
      if (drainReason !== undefined) drainOne(part)
    }
    if (ending !== undefined) return
    started = true
    enter(drainReason === undefined ? 'started' : 'draining')
    log.info({ duration_ms: Math.round(clock.now() - bornMs) }, 'started')
  }

  /** Waits for the part, but not beyond its own time, and once the end has begun not beyond its time to stop. */
  async function startOne(part: Part): Promise<void> {
    const over = new AbortController()
    const expiry = (ms: number): Promise<'expired'> => clock.sleep(ms, over.signal).then(() => 'expired')
    const races: Promise<'up' | 'expired'>[] = [
      startOf(part).then(() => 'up'),
      aborted(endBegun.signal).then(() => expiry(part.stopTimeoutMs ?? stopTimeoutMsDefault)),
    ]
    if (part.startTimeoutMs !== undefined) races.push(expiry(part.startTimeoutMs))
    try {
      const outcome = await Promise.race(races)
      if (outcome === 'up' || ending !== undefined) return
    } catch (error) {
      if (ending !== undefined) return log.debug({ part: part.name, err: error }, 'start given up')
      if (error instanceof CodedError) throw error
      throw new CodedError('PM1001', `${part.name} could not start: ${describe(error)}`, { cause: error })
    } finally {
      over.abort()
    }
    throw new CodedError('PM1002', `${part.name} did not start within ${part.startTimeoutMs} ms`)
  }

  /** A part that throws before it answers with a promise has failed to start like any other. */
  async function startOf(part: Part): Promise<void> {
    await part.start?.(endBegun.signal)
  }

  function drain(reason: string): void {
    if (drainReason !== undefined || ending !== undefined) return
    drainReason = reason
    log.info({ reason }, 'draining')
    if (started) enter('draining')
    drainAll()
  }

  function drainAll(): void {
    for (const part of begun.toReversed()) drainOne(part)
  }

  function drainOne(part: Part): void {
    if (drained.has(part)) return
    drained.add(part)
    try {
      part.drain?.()
    } catch (error) {
      log.error({ part: part.name, err: error }, 'a part failed to drain')
    }
  }

  function onSignal(signal: EndSignal): void {
    signals += 1
    if (signals === 1) end({ reason: signal, exitCode: options.signalExitCode ?? 0 })
    else exitAtOnce(signal)
  }

  function exitAtOnce(reason: EndSignal): void {
    const exitCode = ending?.exitCode ?? 0
    const stopped = new Set(reports.map((report) => report.part))
    const cut = begun.map((part) => part.name).filter((name) => !stopped.has(name))
    const report = { reason, exit_code: exitCode, parts: reports, cut }
    log.warn(report, 'second signal: exiting at once')
    process.writeTerminationMessage(JSON.stringify({ msg: 'second signal: exiting at once', ...report }))
    process.exit(exitCode)
  }

  function fail(error: unknown): void {
    const code = error instanceof CodedError ? error.code : 'PM1003'
    const message = `${options.name}: ${code} ${describe(error)}`
    log.error({ code, err: error }, 'cannot go on')
    if (ending === undefined && !started) process.stderr(`${message}\n`)
    end({ reason: code, exitCode: 1, message })
  }

  /** The first to ask decides how it ends. */
  function end(how: Ending): void {
    if (ending !== undefined) return
    ending = how
    log.info({ reason: how.reason }, 'stopping')
    endBegun.abort(new Error(`ending: ${how.reason}`))
    resolveEnded(how)
  }

  async function stopAll({ reason, exitCode, message }: Ending): Promise<void> {
    const sinceMs = clock.now()
    enter('stopping')
    drainAll()
    for (const part of begun.toReversed()) reports.push(await stopOne(part))
    enter('stopped')
    const report = { reason, exit_code: exitCode, duration_ms: Math.round(clock.now() - sinceMs), parts: reports }
    log.info(report, 'stopped')
    process.writeTerminationMessage(message ?? JSON.stringify({ msg: 'stopped', ...report }))
    process.exit(exitCode)
  }

  async function stopOne(part: Part): Promise<PartReport> {
    const sinceMs = clock.now()
    const report = (outcome: PartReport['outcome'], more: Partial<PartReport> = {}): PartReport => ({
      part: part.name,
      outcome,
      duration_ms: Math.round(clock.now() - sinceMs),
      ...more,
    })
    if (part.stop === undefined) return report('stopped')

    const timeoutMs = part.stopTimeoutMs ?? stopTimeoutMsDefault
    const deadline = new AbortController()
    const over = new AbortController()
    const leftBehind = clock
      .sleep(timeoutMs, over.signal)
      .then(() => deadline.abort(new Error(`not stopped within ${timeoutMs} ms`)))
      .then(() => clock.sleep(cutGraceMs, over.signal))
    try {
      const facts = await Promise.race([part.stop(deadline.signal), leftBehind])
      if (!deadline.signal.aborted) return report('stopped', facts === undefined ? {} : { facts })
      log.warn({ part: part.name, timeout_ms: timeoutMs }, 'cut a part that did not stop in time')
      return report('cut', facts === undefined ? {} : { facts })
    } catch (error) {
      log.error({ part: part.name, err: error }, 'a part failed to stop')
      return report('failed', { error: describe(error) })
    } finally {
      over.abort()
    }
  }

  function enter(next: Phase): void {
    phase = next
    for (const listener of listeners) listener(next)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
