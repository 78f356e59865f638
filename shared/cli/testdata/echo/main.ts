#!/usr/bin/env node
/** A sidecar that only tests run. */
import { sidecar } from '../../sidecar.ts'

await sidecar({
  name: 'echo',
  adminPort: 19099,
  config: () => import('./config.ts'),
  parts: () => import('./parts.ts'),
})
