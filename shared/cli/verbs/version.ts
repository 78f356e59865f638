/** `podmate version`. */
import type { Verb } from '../verb.ts'
import { version } from '../version.ts'

export const verb: Verb = async ({ definition, terminal, options }) => {
  const facts = { sidecar: definition.name, version, node: process.version }
  terminal.out(options.output === 'json' ? JSON.stringify(facts) : `${facts.sidecar} ${version} (node ${facts.node})`)
  return 0
}
