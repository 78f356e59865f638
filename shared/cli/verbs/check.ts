/**
 * `podmate check`: every problem of a configuration, not the first one, and what is allowed but cannot have been meant.
 * These are its product, so they go to stdout.
 */
import { formatProblems, formatWarnings, reportProblems } from '../../config/format-problems.ts'
import { type Problem, problemOfFile } from '../../config/problem.ts'
import { readConfig } from '../read-config.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = async (context) => {
  const { terminal, options } = context
  const { result, file, isDefault } = await readConfig(context)
  if (!result.ok) {
    const report = { ok: false, file, ...reportProblems(result.problems) }
    terminal.out(options.output === 'json' ? JSON.stringify(report) : formatProblems(result.problems))
    return 1
  }
  const checks = countValues(result.value)
  const warnings = isDefault ? [noFile(file), ...result.warnings] : result.warnings
  const ok = warnings.length === 0 || options.strict === undefined
  if (options.output === 'json') {
    const { problems: shown, more } = reportProblems(warnings)
    terminal.out(JSON.stringify({ ok, file, checks, warnings: shown, more }))
  } else terminal.out([...formatWarnings(warnings), summary(ok ? 'ok' : 'not ok', checks, warnings)].join('\n'))
  return ok ? 0 : 1
}

function noFile(file: string): Problem {
  return problemOfFile(file, { code: 'PM0301', sentence: 'does not exist: these are the defaults' })
}

/** Every value of the effective configuration has been held against its key: one check each. */
function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce<number>((sum, each) => sum + countValues(each), 0)
}

function summary(verdict: 'ok' | 'not ok', checks: number, warnings: readonly Problem[]): string {
  const codes = [...new Set(warnings.map(({ code }) => code))]
  const more = codes.length === 0 ? '' : `. More: podmate explain ${codes.length === 1 ? codes[0] : 'CODE'}`
  return `${verdict}: ${counted(checks, 'check')}, ${counted(warnings.length, 'warning')}${more}`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
