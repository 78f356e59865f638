/** The configuration of a sidecar that only tests run: an HTTP listener that answers one sentence. */
import * as v from 'valibot'
import { adminKey } from '../../../admin/admin-key.ts'
import { block } from '../../../config/block.ts'
import { choice } from '../../../config/choice.ts'
import { type ConfigOf, defineConfig } from '../../../config/define-config.ts'
import { described } from '../../../config/described.ts'
import { text } from '../../../config/values/text.ts'
import { logLevels } from '../../../log/logger.ts'

export const configDefinition = defineConfig({
  name: 'echo',
  title: 'A sidecar for tests',
  minimal: 'greeting: hello\n',
  schema: block({
    admin: adminKey(19099),
    log: v.optional(block({ level: v.optional(choice(logLevels), 'info') }), {}),
    greeting: described(text(), { does: 'What it says.', example: 'hello' }),
    password: described(v.optional(text()), { does: 'Is never said.', secret: true }),
  }),
  warn: ({ greeting }, warn) => {
    if (greeting === 'bye')
      warn(['greeting'], { code: 'PM0303', sentence: 'nobody greets like that', hint: 'say hello' })
  },
})

export type EchoConfig = ConfigOf<typeof configDefinition>
