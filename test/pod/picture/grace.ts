/** The grace period as a gauge: one budget for the whole Pod, and who used how much of it. */
import type { Role } from '../manifest/pod-manifest.ts'
import type { Timeline } from '../timeline/timeline.ts'
import type { Life } from './lives.ts'

export interface GraceBudget {
  readonly beginsMs: number
  readonly budgetMs: number
  readonly usedMs: number
  /** One after the other, as they exited; what lies after the budget is left out. */
  readonly shares: readonly {
    readonly name: string
    readonly role: Role
    readonly fromMs: number
    readonly toMs: number
  }[]
}

/** @returns undefined for a Pod that did not end, or had no grace to use */
export function graceBudget({ entries }: Timeline, lives: readonly Life[]): GraceBudget | undefined {
  const ending = entries.find((entry) => entry.what === 'terminating')
  if (ending?.what !== 'terminating' || ending.graceMs <= 0) return undefined
  const { atMs: beginsMs, graceMs: budgetMs } = ending
  const exits = lives
    .flatMap(({ name, role, exited }) => (exited && exited.atMs > beginsMs ? [{ name, role, atMs: exited.atMs }] : []))
    .sort((a, b) => a.atMs - b.atMs)
  let fromMs = 0
  const shares = exits.map(({ name, role, atMs }) => {
    const share = { name, role, fromMs, toMs: Math.min(budgetMs, atMs - beginsMs) }
    fromMs = share.toMs
    return share
  })
  return { beginsMs, budgetMs, usedMs: (exits.at(-1)?.atMs ?? beginsMs) - beginsMs, shares }
}
