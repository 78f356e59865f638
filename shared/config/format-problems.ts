/** Problems as people read them (DESIGN section 2, "Errors"). */
import type { Problem } from './problem.ts'

/** The block for stderr and the termination log, without a newline at its end. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems
    .map(({ file, line, column, code, message }) => `${file}:${line}:${column} ${code} ${message}`)
    .join('\n')
}
