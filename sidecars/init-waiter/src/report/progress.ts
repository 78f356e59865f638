/**
 * Tells what the plan waits for while it waits: a line when something changes and one each 15 s, never one
 * for each try, so that the line that matters is not buried under hundreds of "connection refused".
 */
import type { Logger } from '@podmates/shared/log/logger.ts'
import type { Clock } from '@podmates/shared/world/clock.ts'
import { type NamedResult, resultFields } from './step-result.ts'

/** A step as the log names it: with its target, as `showTarget` writes it. */
export interface ShownStep {
  readonly step: string
  readonly target: string
}

export interface Progress {
  begun(step: ShownStep): void
  /** A try found the target not ready. Logged only when the reason is a new one for this step. */
  missed(step: ShownStep, reason: string, tries: number): void
  ended(result: NamedResult): void
  /** Writes what is still missing, each 15 s, until the signal aborts. */
  heartbeat(signal: AbortSignal): Promise<void>
}

const heartbeatMs = 15_000

/** The heartbeat names this many steps at most; the rest is a number. */
const namedMax = 20

interface Waiting {
  readonly target: string
  readonly reasons: Set<string>
  tries: number
  lastError: string
}

export function createProgress({ clock, log }: { readonly clock: Clock; readonly log: Logger }): Progress {
  const waiting = new Map<string, Waiting>()
  const bornMs = clock.now()
  const elapsedMs = (): number => Math.round(clock.now() - bornMs)

  return {
    begun({ step, target }) {
      waiting.set(step, { target, reasons: new Set(), tries: 0, lastError: 'no answer yet' })
      log.info({ step, target }, 'waiting')
    },
    missed({ step, target }, reason, tries) {
      const entry = waiting.get(step)
      if (entry === undefined) return
      Object.assign(entry, { tries, lastError: reason })
      if (entry.reasons.has(reason)) return
      entry.reasons.add(reason)
      log.info({ step, target, reason, tries }, 'not ready yet')
    },
    ended(named) {
      waiting.delete(named.step)
      const fields = resultFields(named)
      if (named.result.outcome === 'ready') log.info(fields, 'ready')
      else if (named.result.outcome === 'failed') log.error(fields, 'failed')
      else log.debug(fields, 'given up')
    },
    async heartbeat(signal) {
      for (;;) {
        try {
          await clock.sleep(heartbeatMs, signal)
        } catch {
          return
        }
        if (waiting.size > 0) log.info({ duration_ms: elapsedMs(), ...shown(waiting) }, 'still waiting')
      }
    },
  }
}

function shown(waiting: ReadonlyMap<string, Waiting>): { steps: object[]; more?: number } {
  const steps = [...waiting].slice(0, namedMax).map(([step, { target, tries, lastError }]) => ({
    step,
    target,
    tries,
    reason: lastError,
  }))
  return waiting.size > namedMax ? { steps, more: waiting.size - namedMax } : { steps }
}
