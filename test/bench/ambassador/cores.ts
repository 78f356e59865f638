/** Core 0 is the proxy's alone; clients, backends and this process share core 1. */
import { spawnSync } from 'node:child_process'

export const proxyCore = '0'
export const loadCore = '1'

/** Moves this process, and so whatever it starts, to the core of the load. */
export function leaveProxyCore(): void {
  spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', loadCore, String(process.pid)])
}
