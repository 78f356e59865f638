/**
 * What a person reads when a Pod hangs in its init phase: one line that says it all, and a table. It goes to
 * the termination message (`kubectl describe pod`), which keeps 4096 bytes, so what failed comes first.
 */
import { formatDuration } from '@podmates/shared/config/values/duration.ts'
import type { NamedResult, StepResult } from './step-result.ts'
import type { Verdict } from './verdict.ts'

/** What failed first, then what was cut or never begun, then what was ready. */
const weight = { failed: 0, cut: 1, skipped: 2, ready: 3 } as const

/** @param durationMs how long the whole plan took */
export function summary(verdict: Verdict, results: readonly NamedResult[], durationMs: number): string {
  const ready = results.filter(({ result }) => result.outcome === 'ready').length
  const ordered = results.toSorted((a, b) => weight[a.result.outcome] - weight[b.result.outcome])
  const headline = `${headlines[verdict]} after ${roundDuration(durationMs)}: ${ready} of ${results.length} ready`
  return [headline, ...table(ordered.map(({ step, target, result }) => row(step, target, result)))].join('\n')
}

const headlines: Readonly<Record<Verdict, string>> = {
  ready: 'done',
  timeout: 'PM4001 the time was over',
  fatal: 'PM4002 waiting is hopeless',
  ended: 'ended before it was done',
}

const heading = ['STEP', 'TARGET', 'RESULT', 'TRIES', 'TIME', 'LAST ERROR']

function row(step: string, target: string, result: StepResult): string[] {
  switch (result.outcome) {
    case 'ready':
      return [step, target, 'ready', String(result.tries), roundDuration(result.durationMs), '']
    case 'failed':
    case 'cut':
      return [step, target, result.outcome, String(result.tries), roundDuration(result.durationMs), result.lastError]
    case 'skipped':
      return [step, target, 'skipped', '0', '', `comes after ${result.after.join(', ')}`]
  }
}

/** Three digits or so: `4ms`, `1.2s`, `1m3s`. */
function roundDuration(ms: number): string {
  const stepMs = ms < 1000 ? 1 : ms < 60_000 ? 100 : 1000
  return formatDuration(Math.round(ms / stepMs) * stepMs)
}

/** Columns as wide as their widest cell, two spaces between them. */
function table(rows: readonly string[][]): string[] {
  const all = [heading, ...rows]
  const widths = heading.map((_, column) => Math.max(...all.map((cells) => (cells[column] ?? '').length)))
  return all.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
