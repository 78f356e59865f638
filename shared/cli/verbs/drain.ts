/**
 * `podmate drain`: what a preStop hook runs, since the kubelet's http hooks can only GET. It marks the drain and
 * returns; the sidecar serves the app until SIGTERM.
 */
import { ask } from '../ask.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = async (context) => {
  const asked = await ask(context, { method: 'POST', path: '/drain' })
  if (!asked.ok) return asked.exitCode
  const { phase } = JSON.parse(asked.body) as { readonly phase: string }
  context.terminal.out(phase)
  return 0
}
