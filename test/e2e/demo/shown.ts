/** The demo as a user runs it, and what must stand on its screen whatever the driver. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'vitest'

/** @returns the screen @throws when its exit code is not 0 */
export async function demo(...flags: string[]): Promise<string> {
  const environment = { ...process.env, NO_COLOR: '1' }
  return (await promisify(execFile)('node', ['test/e2e/demo.ts', ...flags], { env: environment })).stdout
}

export function expectWholeLife(screen: string): void {
  expect(screen).toMatch(/ok {3}started: wait, config-helper, ambassador, adapter, checkout/)
  expect(screen).toMatch(/ok {3}ended: wait, checkout, adapter, ambassador, config-helper/)
  expect(screen).toMatch(/ok {3}exit codes: 0, 0, 0, 0, 0/)
  expect(screen).toMatch(/ok {3}the app acknowledged the new file \d+ ms after the volume changed/)
  expect(screen).toMatch(/all \d+ checks hold/)
}
