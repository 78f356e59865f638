/** The report of `npm run e2e` as lines: what was found, and at the end the counts and the sidecars' memory. */
import { styleText } from 'node:util'
import { type Finding, hasPassed, type Outcome } from './findings.ts'
import type { MemoryPeaks } from './memory.ts'

export interface Style {
  readonly colour: boolean
}

type Format = 'bold' | 'green' | 'red' | 'dim'

const painter =
  ({ colour }: Style) =>
  (format: Format, text: string): string =>
    colour ? styleText(format, text, { validateStream: false }) : text

export function titleLine(number: number, name: string, title: string, style: Style): string {
  return painter(style)('bold', `\n${number}. ${name}: ${title}`)
}

export function findingLine(finding: Finding, style: Style): string {
  const paint = painter(style)
  switch (finding.is) {
    case 'fact':
      return `   ${finding.holds ? paint('green', 'ok  ') : paint('red', 'FAIL')} ${finding.text}`
    case 'time':
      return `        ${finding.what}: ${seconds(finding.ms)}`
    case 'note':
      return paint('dim', `        ${finding.text}`)
    case 'file':
      return paint('dim', `        -> ${finding.text}`)
  }
}

export function outcomeLines(outcome: Outcome, style: Style): string[] {
  const paint = painter(style)
  const verdict = hasPassed(outcome) ? paint('green', 'passed') : paint('red', 'FAILED')
  const error = outcome.error === undefined ? [] : [`   ${paint('red', 'FAIL')} ${outcome.error.message}`]
  return [...error, `   ${verdict} in ${seconds(outcome.tookMs)}`]
}

/** @param notRun names of the scenarios that were given up, with `why` */
export function summaryLines(
  outcomes: readonly Outcome[],
  peaks: MemoryPeaks,
  { notRun, why }: { readonly notRun: readonly string[]; readonly why?: string },
): string[] {
  const passed = outcomes.filter(hasPassed).length
  const failed = outcomes.filter((outcome) => !hasPassed(outcome)).map(({ name }) => name)
  const memory = Object.entries(peaks).map(([container, bytes]) => `  ${container.padEnd(14)} ${mebibytes(bytes)}`)
  return [
    '',
    ...(memory.length > 0 ? ['working set as the kubelet measured it, highest seen:', ...memory, ''] : []),
    ...(failed.length > 0 ? [`failed: ${failed.join(', ')}`] : []),
    ...(notRun.length > 0 ? [`not run: ${notRun.join(', ')}${why === undefined ? '' : ` (${why})`}`] : []),
    `${passed} passed, ${failed.length} failed${notRun.length > 0 ? `, ${notRun.length} not run` : ''}`,
  ]
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`
const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1).padStart(6)} MiB`
