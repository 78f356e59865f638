/** The test sidecar, with a SIGTERM that arrives before its config has been read. */
import { once } from 'node:events'
import { systemClock } from '../../../world/clock.ts'
import { sidecar } from '../../sidecar.ts'

await sidecar({
  name: 'echo',
  adminPort: 19099,
  config: async () => {
    // A signal alone does not keep a process alive; a config that is being read does.
    const cancel = systemClock.after(60_000, () => {})
    const arrived = once(process, 'SIGTERM')
    process.kill(process.pid, 'SIGTERM')
    await arrived
    cancel()
    return import('./config.ts')
  },
  parts: () => import('./parts.ts'),
})
