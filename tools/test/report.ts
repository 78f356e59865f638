/** What `npm test` says at its end: a line for each tier, what was left out and why, and one line that counts. */
import { add, nothing, type TierResult } from './run-tier.ts'

export interface LeftOut {
  readonly tier: string
  /** What the machine lacks, and how to get it. */
  readonly missing: string
}

/** @returns lines of text; the last one counts */
export function reportOf(results: readonly TierResult[], leftOut: readonly LeftOut[]): string {
  const width = Math.max(...[...results, { tier: 'tier' }].map(({ tier }) => tier.length))
  const row = (tier: string, ...cells: readonly string[]): string =>
    tier.padEnd(width) + cells.map((cell) => cell.padStart(9)).join('')
  const total = results.map(({ outcome }) => outcome).reduce(add, nothing)
  return [
    row('tier', 'passed', 'failed', 'seconds'),
    ...results.map(({ tier, outcome: { passed, failed }, seconds }) =>
      row(tier, `${passed}`, `${failed}`, seconds.toFixed(1)),
    ),
    ...leftOut.map(({ tier, missing }) => `left out  ${tier}: ${missing}`),
    `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
  ].join('\n')
}

/** What of a report does not differ from run to run: the tiers, and whether its last line, skipped tests aside, is their sum. */
export function shapeOfReport(text: string): { readonly tiers: readonly string[]; readonly addsUp: boolean } {
  const rows = [...text.matchAll(/^([a-z0-9-]+) +(\d+) +(\d+) +[\d.]+$/gm)]
  const sum = (cell: number): number => rows.reduce((total, row) => total + Number(row[cell]), 0)
  const lastLine = text
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/, \d+ skipped$/, '')
  return { tiers: rows.map(([, tier = '']) => tier), addsUp: lastLine === `${sum(2)} passed, ${sum(3)} failed` }
}
