import { existsSync, rmSync } from 'node:fs'
import { afterEach, expect, it, vi } from 'vitest'
import { composePrograms } from './compose.ts'
import { fakePrograms } from './fake-programs.ts'
import { go, goTool } from './go.ts'

const onPath = (scripts: Readonly<Record<string, string>>): void => {
  vi.stubEnv('PATH', fakePrograms(scripts))
}
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
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

it('builds a tool that asks for a newer Go than the one that is there, also where Go is told to stay as it is', async () => {
  const script = `
[ "$1" = env ] && echo go1.22.0 && exit
[ "$GOTOOLCHAIN" = auto ] || { echo "go.mod requires go >= 1.24.9 (running go 1.22.0)" >&2; exit 1; }
[ "$1" = mod ] && echo '{"Dir":"/"}' && exit
while [ "$1" != -o ]; do shift; done; : > "$2"`
  onPath({ go: script })
  vi.stubEnv('GOTOOLCHAIN', 'local')
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const name = `tool-of-a-test-${process.pid}`
  const program = await goTool({ name, module: 'example.com/tool@v1.0.0', package: '.', ldflags: '' }, 'no time')
  expect(existsSync(program)).toBe(true)
  for (const file of [program, `${program}.key`]) rmSync(file)
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
