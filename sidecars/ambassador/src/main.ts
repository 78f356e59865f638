#!/usr/bin/env node
/** The ambassador: the app speaks plain HTTP to localhost, and this process makes the network behave. */
import { sidecar } from '@podmates/shared/cli/sidecar.ts'

await sidecar({
  name: 'ambassador',
  adminPort: 19001,
  config: () => import('./config.ts'),
  parts: () => import('./parts.ts'),
})
