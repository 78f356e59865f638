/** The parts of the test sidecar. */
import type { SidecarParts, SidecarWorld } from '../../sidecar-parts.ts'
import type { EchoConfig } from './config.ts'

export function createParts({ greeting, password }: EchoConfig, { log }: SidecarWorld): SidecarParts {
  return {
    parts: [
      {
        name: 'echo',
        start: async () => log.info({ greeting, password, whole: `password is ${password}` }, 'greeting'),
      },
    ],
    status: () => [{ topic: 'greeting', text: greeting, facts: { greeting } }],
  }
}
