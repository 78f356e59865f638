/**
 * How long a container waits before its next start. The first restart is immediate; from the second on the
 * delay counts from the end of the last run and doubles: 10 s, 20 s .. 300 s. A run that began more than
 * ten minutes before it ended wipes the slate (kubelet, doBackOff; S10).
 *
 * A run that failed a probe is killed and followed by the next in one pass, which knows only the end of the run
 * before it: from there the delay counts then, and one that is over by the end of the killed run is none.
 */

/** Present from the first restart on. */
export interface BackOff {
  /** What the next restart has to wait. */
  readonly delayMs: number
  /** When the last restart was made. */
  readonly restartedMs: number
}

/** A run at its end. */
export interface Ended {
  readonly endedMs: number
  /** When the run before it had ended, if there was one. */
  readonly endBeforeMs?: number
  readonly killedForProbe: boolean
}

/** @returns from when the delay before the next run counts; undefined: there is none, and it does not count as a restart */
export function backOffFromMs(
  backOff: BackOff | undefined,
  { endedMs, endBeforeMs, killedForProbe }: Ended,
): number | undefined {
  if (!killedForProbe) return endedMs
  if (endBeforeMs === undefined) return undefined
  return mayRestartAtMs(backOff, endBeforeMs) <= endedMs ? endBeforeMs : endedMs
}

const firstDelayMs = 10_000
const forgottenAfterMs = 600_000

/** @returns when a container that ended at `endedMs` may start again; `endedMs` itself means at once */
export function mayRestartAtMs(backOff: BackOff | undefined, endedMs: number): number {
  return backOff === undefined || isForgotten(backOff, endedMs) ? endedMs : endedMs + backOff.delayMs
}

/** The back-off after a restart at `nowMs` of a container that ended at `endedMs`. */
export function afterRestart(
  backOff: BackOff | undefined,
  endedMs: number,
  nowMs: number,
  delayMaxMs: number,
): BackOff {
  const isFirst = backOff === undefined || isForgotten(backOff, endedMs)
  return { delayMs: Math.min(isFirst ? firstDelayMs : backOff.delayMs * 2, delayMaxMs), restartedMs: nowMs }
}

function isForgotten(backOff: BackOff, endedMs: number): boolean {
  return endedMs - backOff.restartedMs > forgottenAfterMs
}
