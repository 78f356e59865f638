/** The demo as a user runs it: its exit code, and what stands on the screen. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { haveDocker } from '../docker/container.ts'

const run = promisify(execFile)

const demo = (...flags: string[]) =>
  run('node', ['test/e2e/demo.ts', ...flags], { env: { ...process.env, NO_COLOR: '1' } })

function expectWholeLife(screen: string): void {
  expect(screen).toMatch(/ok {3}started: wait, config-helper, ambassador, adapter, checkout/)
  expect(screen).toMatch(/ok {3}ended: wait, checkout, adapter, ambassador, config-helper/)
  expect(screen).toMatch(/ok {3}exit codes: 0, 0, 0, 0, 0/)
  expect(screen).toMatch(/ok {3}the app acknowledged the new file \d+ ms after the volume changed/)
  expect(screen).toMatch(/all \d+ checks hold/)
}

it('runs the whole Pod as processes', async () => {
  const { stdout } = await demo()
  expectWholeLife(stdout)
})

it.skipIf(!(await haveDocker()))('runs the whole Pod as containers', async () => {
  const { stdout } = await demo('--docker')
  expectWholeLife(stdout)
})
