/** `podmate probe startup|live|ready`: silent and 0 when all is well, since it runs every few seconds. */
import { suggestion } from '../../config/nearest-word.ts'
import { ask } from '../ask.ts'
import type { Verb } from '../verb.ts'

const paths: Readonly<Record<string, string>> = { startup: '/startupz', live: '/livez', ready: '/readyz' }

export const verb: Verb = async (context) => {
  const [probe = ''] = context.operands
  const path = paths[probe]
  if (path === undefined) {
    const { hint } = suggestion(probe, Object.keys(paths))
    context.terminal.err(`podmate: PM1021 no probe "${probe}"; ${hint ?? `there are ${Object.keys(paths).join(', ')}`}`)
    return 2
  }
  const asked = await ask(context, { method: 'GET', path })
  return asked.ok ? 0 : asked.exitCode
}
