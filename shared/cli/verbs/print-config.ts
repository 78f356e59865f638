/** `podmate print-config`: the configuration as it takes effect, with all defaults and without secrets. */
import { formatProblems } from '../../config/format-problems.ts'
import { readConfig } from '../read-config.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = async (context) => {
  const { result } = await readConfig(context)
  if (!result.ok) {
    context.terminal.err(formatProblems(result.problems))
    return 1
  }
  context.terminal.out(result.printable.trimEnd())
  return 0
}
