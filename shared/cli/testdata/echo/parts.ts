/** The parts of the test sidecar. */
import type { SidecarParts, SidecarWorld } from '../../sidecar-parts.ts'
import type { EchoConfig } from './config.ts'

export function createParts(config: EchoConfig, { log }: SidecarWorld): SidecarParts {
  return {
    parts: [
      {
        name: 'echo',
        start: async () => log.info({ greeting: config.greeting, password: config.password }, 'greeting'),
      },
    ],
    status: () => [{ topic: 'greeting', text: config.greeting, facts: { greeting: config.greeting } }],
  }
}
