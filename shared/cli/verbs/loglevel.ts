/** `podmate loglevel debug --for 10m`: changes the level of the running sidecar, and takes it back by itself. */
import { isLogLevel } from '../../log/logger.ts'
import { notALevel } from '../arguments.ts'
import { ask } from '../ask.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = async (context) => {
  const { terminal, operands, options } = context
  const [level = ''] = operands
  if (!isLogLevel(level)) {
    terminal.err(`podmate: PM1021 ${notALevel(level)}`)
    return 2
  }
  const body = JSON.stringify({ level, for: options.for })
  const asked = await ask(context, { method: 'POST', path: '/loglevel', body })
  if (!asked.ok) return asked.exitCode
  const answer = JSON.parse(asked.body) as {
    readonly level: string
    readonly reverts_to?: string
    readonly for?: string
  }
  const { level: now, reverts_to: revertsTo, for: duration } = answer
  terminal.out(revertsTo === undefined ? now : `${now} for ${duration}, then ${revertsTo}`)
  return 0
}
