/** The test sidecar, with parts that cannot be made. */
import { sidecar } from '../../sidecar.ts'

await sidecar({
  name: 'echo',
  adminPort: 19099,
  config: () => import('./config.ts'),
  parts: async () => ({
    createParts: () => {
      throw new Error('no parts today')
    },
  }),
})
