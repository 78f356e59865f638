/** `podmate schema`: the JSON Schema of the configuration, for editors that complete and check YAML. */
import { jsonSchemaOf } from '../../config/json-schema.ts'
import type { Verb } from '../verb.ts'

export const verb: Verb = async ({ definition, terminal }) => {
  const { configDefinition } = await definition.config()
  terminal.out(JSON.stringify(jsonSchemaOf(configDefinition), null, 2))
  return 0
}
