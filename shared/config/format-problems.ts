/** Problems as people read them (DESIGN section 2, "Errors"), and the same for machines. */
import type { Problem, SourceLine } from './problem.ts'

/** More problems than this are counted, not printed: whoever has so many mends the first ones first. */
export const problemsShownMax = 20

/** What `-o json` prints, of errors and of warnings. */
export interface ProblemReport {
  readonly problems: readonly Problem[]
  /** How many more there are than `problems` holds. */
  readonly more: number
}

/** The first 20 problems, and the count of the rest. */
export function reportProblems(problems: readonly Problem[]): ProblemReport {
  return {
    problems: problems.slice(0, problemsShownMax),
    more: Math.max(0, problems.length - problemsShownMax),
  }
}

/** The block for stderr and the termination log, without a newline at its end. */
export function formatProblems(problems: readonly Problem[]): string {
  const { problems: shown, more } = reportProblems(problems)
  const codes = new Set(problems.map(({ code }) => code))
  const [code] = codes
  return [
    ...shown.flatMap(formatProblem),
    ...(more > 0 ? [`and ${more} more`] : []),
    `${problems.length} ${problems.length === 1 ? 'error' : 'errors'}. More: podmate explain ${codes.size === 1 ? code : 'CODE'}`,
  ].join('\n')
}

/** The same for warnings: each as an error is shown, and called what it is. No line that counts them. */
export function formatWarnings(warnings: readonly Problem[]): string[] {
  const { problems: shown, more } = reportProblems(warnings)
  return [
    ...shown.flatMap((each) => formatProblem({ ...each, message: `warning: ${each.message}` })),
    ...(more > 0 ? [`and ${more} more warnings`] : []),
  ]
}

function formatProblem({ file, line, column, code, message, hint, source }: Problem): string[] {
  const place = line === 0 ? file : `${file}:${line}:${column}`
  const head = `${place} ${code} ${message}`
  if (source !== undefined) return [head, ...formatSource(line, source, hint)]
  return hint === undefined ? [head] : [head, ...hint.split('\n').map((row) => `  ${row}`)]
}

function formatSource(line: number, { text, markFrom, markLength }: SourceLine, hint: string | undefined): string[] {
  const gutter = ' '.repeat(String(line).length)
  const marked = columnsOf(text.slice(markFrom, markFrom + markLength))
  const mark = blank(text.slice(0, markFrom)) + '^'.repeat(Math.max(1, marked))
  return [`  ${line} | ${text}`, `  ${gutter} | ${mark}${hint === undefined ? '' : ` ${hint}`}`]
}

/** As wide as a text: a tab for each tab, a space for each other column. */
function blank(text: string): string {
  const pieces = text.split('\t')
  return pieces.map((piece) => ' '.repeat(columnsOf(piece))).join('\t')
}

/** Columns that a terminal gives a text: none for a combining mark, two for East Asian wide characters and emoji. */
function columnsOf(text: string): number {
  return [...text].reduce((sum, character) => sum + widthOf(character), 0)
}

const noWidth = /^[\p{Mn}\p{Me}\p{Cf}]$/u
const twoColumns =
  /^[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]$/u

function widthOf(character: string): number {
  if (noWidth.test(character)) return 0
  return twoColumns.test(character) ? 2 : 1
}
