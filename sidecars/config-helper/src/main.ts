#!/usr/bin/env node
/** The config helper's command line; see `podmate --help`. */
import { sidecar } from '@podmates/shared/cli/sidecar.ts'

await sidecar({
  name: 'config-helper',
  adminPort: 19002,
  config: () => import('./config.ts'),
  parts: () => import('./parts.ts'),
})
