import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fakePrograms } from './setup/fake-programs.ts'

/** What pnpm brings: a Node that starts once libatomic is there. */
const installedNode = `
[ -e $FOLDER/libatomic ] && echo "ran $*" && exit
echo "node: error while loading shared libraries: libatomic.so.1: cannot open shared object file" >&2; exit 127`
const npx = `
echo npx >> $FOLDER/npx-log
/bin/mkdir -p node_modules/.bin && /bin/ln -sf $FOLDER/installed-node node_modules/.bin/node`
const aptGet = 'echo "$*" >> $FOLDER/apt-log; case "$2" in install) : > $FOLDER/libatomic;; esac'

function bootstrap(scripts: Readonly<Record<string, string>>, preload: string) {
  const folder = fakePrograms({ npx, 'installed-node': installedNode, ...scripts })
  mkdirSync(join(folder, 'tools'))
  for (const name of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) writeFileSync(join(folder, name), '')
  copyFileSync(join(import.meta.dirname, 'bootstrap.mjs'), join(folder, 'tools', 'bootstrap.mjs'))
  const run = () => {
    const command = ['--import', `data:text/javascript,${preload}`, join(folder, 'tools', 'bootstrap.mjs'), 'script.ts']
    return spawnSync(process.execPath, command, { encoding: 'utf8', env: { PATH: folder } })
  }
  return { folder, run }
}

const asUser = (uid: number): string => `process.getuid=()=>${uid}`

it('installs the library that Node lacks, as root where there is apt-get, and runs the script', () => {
  const { folder, run } = bootstrap({ 'apt-get': aptGet }, asUser(0))
  expect(run()).toMatchObject({ status: 0, stdout: expect.stringContaining('ran script.ts') })
  expect(readFileSync(join(folder, 'apt-log'), 'utf8')).toBe(
    '-q update\n-q install -y --no-install-recommends libatomic1\n',
  )
})

it.each([
  ['nobody but root may install', { 'apt-get': aptGet }, 1000],
  ['there is no apt-get', {}, 0],
  ['apt-get fails', { 'apt-get': 'echo E: no network >&2; exit 100' }, 0],
])('says which library Node lacks and how to get it where %s', (_why, scripts, uid) => {
  const { folder, run } = bootstrap(scripts, asUser(uid))
  expect(run()).toMatchObject({ status: 1, stderr: expect.stringContaining('apt-get install') })
  expect(existsSync(join(folder, 'apt-log'))).toBe(false)

  writeFileSync(join(folder, 'libatomic'), '')
  expect(run()).toMatchObject({ status: 0, stdout: expect.stringContaining('ran script.ts') })
})

it('installs once, and then only runs the script', () => {
  const { folder, run } = bootstrap({}, asUser(1000))
  writeFileSync(join(folder, 'libatomic'), '')
  run()
  expect(run()).toMatchObject({ status: 0, stdout: 'ran script.ts\n' })
  expect(readFileSync(join(folder, 'npx-log'), 'utf8')).toBe('npx\n')
})

it('says that Node is too old, on one that knows less', () => {
  const old = 'Object.defineProperty(process.versions,"node",{value:"18.20.8"})'
  const { run } = bootstrap({}, old)
  expect(run()).toMatchObject({ status: 1, stderr: expect.stringMatching(/^Node 20 or newer .* found 18\.20\.8/) })
})

it('asks import.meta for nothing that Node 20.0 does not have', () => {
  expect(readFileSync(join(import.meta.dirname, 'bootstrap.mjs'), 'utf8')).not.toMatch(/import\.meta\.(?!url)/)
})
