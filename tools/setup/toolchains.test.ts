import { afterEach, expect, it, vi } from 'vitest'
import { composePrograms } from './compose.ts'
import { fakePrograms } from './fake-programs.ts'
import { go } from './go.ts'

const onPath = (scripts: Readonly<Record<string, string>>): void => {
  vi.stubEnv('PATH', fakePrograms(scripts))
}
afterEach(() => {
  vi.unstubAllEnvs()
})

it('takes a Go that is new enough', async () => {
  onPath({ go: 'echo go1.22.0' })
  expect(await go()).toEqual({ available: true, version: '1.22.0' })
})

it.each([
  ['missing', {}, 'Go is not installed'],
  ['too old', { go: 'echo go1.19.8' }, 'Go 1.19.8 is too old'],
])('says how to get Go when it is %s', async (_what, scripts, reason) => {
  onPath(scripts)
  expect(await go()).toEqual({ available: false, reason, remedy: 'install Go 1.22 or newer: https://go.dev/dl' })
})

it('takes both Composes that are installed and builds none', async () => {
  onPath({ docker: 'echo 2.29.7', 'docker-compose': 'echo 1.29.2' })
  expect(await composePrograms()).toEqual([
    { program: 'docker', args: ['compose'], version: 'v2.29.7' },
    { program: 'docker-compose', args: [], version: 'v1.29.2' },
  ])
})

it('does not take a docker without the compose plugin for a Compose', async () => {
  onPath({ docker: 'echo 28.0.1; exit 125', 'docker-compose': 'echo v2.40.3' })
  expect(await composePrograms()).toEqual([{ program: 'docker-compose', args: [], version: 'v2.40.3' }])
})
