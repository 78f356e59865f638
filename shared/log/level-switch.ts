/** Changes the log level while the sidecar runs, for ever or for a while: a level that someone forgot fills disks. */
import type { Cancel, Clock } from '../world/clock.ts'
import { type Logger, type LogLevel, logLevels } from './logger.ts'

/** The level in force, and what becomes of it. */
export type LevelState =
  | { readonly kind: 'lasting'; readonly level: LogLevel }
  | {
      readonly kind: 'temporary'
      readonly level: LogLevel
      readonly revertsTo: LogLevel
      /** Milliseconds since the epoch. */
      readonly untilWallMs: number
    }

export interface LevelSwitch {
  state(): LevelState
  /** @param forMs 1 .. 2_147_483_647: reverts after this long; without it, lasts until the process ends */
  set(level: LogLevel, forMs?: number): LevelState
  /** Forgets a reversion that is still to come. */
  stop(): void
}

export function createLevelSwitch(log: Logger, clock: Clock): LevelSwitch {
  let state: LevelState = { kind: 'lasting', level: log.level }
  let cancel: Cancel = () => {}

  return { state: () => state, set, stop: () => cancel() }

  function set(level: LogLevel, forMs?: number): LevelState {
    cancel()
    const revertsTo = state.kind === 'temporary' ? state.revertsTo : state.level
    state =
      forMs === undefined
        ? { kind: 'lasting', level }
        : { kind: 'temporary', level, revertsTo, untilWallMs: clock.wall() + forMs }
    announce(level, forMs === undefined ? {} : { for_ms: forMs, reverts_to: revertsTo })
    if (forMs !== undefined) cancel = clock.after(forMs, () => set(revertsTo))
    return state
  }

  /** The line about a change must be seen at either level. */
  function announce(level: LogLevel, more: Readonly<Record<string, unknown>>): void {
    const from = log.level
    log.level = logLevels[Math.min(rank(from), rank(level), rank('info'))] ?? 'info'
    log.info({ from, to: level, ...more }, 'log level changed')
    log.level = level
  }
}

function rank(level: LogLevel): number {
  return logLevels.indexOf(level)
}
