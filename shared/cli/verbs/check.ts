/** `podmate check`: every problem of a configuration, not the first one. The problems are its product, so they go to stdout. */
import { formatProblems, reportProblems } from '../../config/format-problems.ts'
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
  const warnings = isDefault ? [`${file} does not exist: these are the defaults`] : []
  if (options.output === 'json') terminal.out(JSON.stringify({ ok: true, file, checks, warnings }))
  else terminal.out([...warnings.map((warning) => `warning: ${warning}`), summary(checks, warnings.length)].join('\n'))
  return 0
}

/** Every value of the effective configuration has been held against its key: one check each. */
function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce<number>((sum, each) => sum + countValues(each), 0)
}

function summary(checks: number, warnings: number): string {
  return `ok: ${counted(checks, 'check')}, ${counted(warnings, 'warning')}`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
