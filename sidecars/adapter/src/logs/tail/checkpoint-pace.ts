/**
 * When to write the checkpoint: each write is an fsync, and what was delivered since the last one comes twice after a
 * crash. The first one comes soon, so that a process that is killed again and again gets on; then the pause doubles.
 */
export interface PaceOptions {
  /** Between two checkpoints, ms, at most. */
  readonly checkpointMs: number
  /** Bytes delivered between two checkpoints, at most, and one chunk more. */
  readonly checkpointBytes: number
}

export interface CheckpointPace {
  onDelivered(bytes: number): void
  onSaved(nowMs: number): void
  isDue(nowMs: number): boolean
}

const firstPauseMs = 50

/** @param nowMs of the start; all times are monotonic */
export function createCheckpointPace({ checkpointMs, checkpointBytes }: PaceOptions, nowMs: number): CheckpointPace {
  let savedMs = nowMs
  let pauseMs = Math.min(firstPauseMs, checkpointMs)
  let bytes = 0
  return {
    onDelivered(more) {
      bytes += more
    },
    onSaved(savedNowMs) {
      savedMs = savedNowMs
      pauseMs = Math.min(checkpointMs, pauseMs * 2)
      bytes = 0
    },
    isDue: (atMs) => atMs - savedMs >= pauseMs || bytes >= checkpointBytes,
  }
}
