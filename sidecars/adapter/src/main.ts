#!/usr/bin/env node
/** The adapter's command line; see `podmate --help`. */
import { sidecar } from '@podmates/shared/cli/sidecar.ts'

await sidecar({
  name: 'adapter',
  adminPort: 19_003,
  config: () => import('./config.ts'),
  parts: () => import('./parts.ts'),
})
