/** `podmate version`. */
import type { Verb } from '../verb.ts'
import { revision, version } from '../version.ts'

export const verb: Verb = async ({ definition, terminal, options }) => {
  const facts = { sidecar: definition.name, version, revision, node: process.version }
  terminal.out(
    options.output === 'json' ? JSON.stringify(facts) : `${facts.sidecar} ${version} (${revision}, node ${facts.node})`,
  )
  return 0
}
