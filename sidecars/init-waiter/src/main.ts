#!/usr/bin/env node
/** The init waiter's command line; see `podmate --help`. */
import { sidecar } from '@podmates/shared/cli/sidecar.ts'
import { targetArguments } from './arguments.ts'

await sidecar({
  name: 'init-waiter',
  // As a plain init container: an exit code of 0 would let the Pod go on although nothing is ready.
  signalExitCode: 143,
  targets: targetArguments,
  config: () => import('./config.ts'),
  parts: () => import('./parts.ts'),
})
