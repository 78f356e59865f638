/**
 * Who waited for whom: each entry of the init list for the one above it, the apps for the last of the list, and at the
 * end each sidecar for the one below it. Drawn as thin lines with an arrow, so that the order can be read at a glance.
 */
import type { Life } from './lives.ts'

export interface Gate {
  /** Rows, from 0: who opened it, who went through. */
  readonly from: number
  readonly to: number
  readonly openedMs: number
  readonly passedMs: number
}

/** @param lives in the order of the list: init entries, then apps */
export function startGates(lives: readonly Life[]): Gate[] {
  const lastOfList = lives.findLastIndex(({ role }) => role !== 'app')
  return lives.flatMap(({ role, startingMs }, to) => {
    const from = role === 'app' ? lastOfList : to - 1
    const openedMs = lives[from]?.openedMs
    if (openedMs === undefined || startingMs === undefined || startingMs < openedMs) return []
    return [{ from, to, openedMs, passedMs: startingMs }]
  })
}

/** Only those of an end in order: one that got its stop signal while the one below it still ran waited for nobody. */
export function endGates(lives: readonly Life[]): Gate[] {
  return lives.flatMap(({ role, stopSignalMs }, to) => {
    if (role !== 'sidecar' || stopSignalMs === undefined) return []
    const waitedFor = lives
      .slice(to + 1)
      .flatMap(({ exited }, below) => (exited ? [{ row: to + 1 + below, ...exited }] : []))
    const last = waitedFor.toSorted((a, b) => b.atMs - a.atMs)[0]
    if (last === undefined || last.atMs > stopSignalMs) return []
    return [{ from: last.row, to, openedMs: last.atMs, passedMs: stopSignalMs }]
  })
}
