/**
 * The way in from a bare machine: plain JavaScript for whatever Node is there (20 or newer). Installs the
 * workspace, the current Node LTS among it, when the lock file asks for it, and runs a script on that Node.
 *
 *   node tools/bootstrap.mjs [script.ts] [arguments]
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const pnpm = 'pnpm@12.21.0'
const nodeMajorMin = 20

// From the URL, the one thing about this file that an older Node knows: it is to be told that it is too old.
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = join(root, 'node_modules', '.bin')
const stamp = join(root, '.cache', 'installed')
const [script, ...args] = process.argv.slice(2)

requireNode()
install()
if (script !== undefined) run(script, args)

function requireNode() {
  const major = Number(process.versions.node.split('.')[0])
  if (major >= nodeMajorMin) return
  fail(`Node ${nodeMajorMin} or newer is needed to begin with, found ${process.versions.node}: https://nodejs.org`)
}

/** Does nothing when what is installed matches the lock file, so that a second run is quick. */
function install() {
  const wanted = hashOf(['pnpm-lock.yaml', 'pnpm-workspace.yaml'])
  const installed = existsSync(stamp) ? readFileSync(stamp, 'utf8') : ''
  if (installed === wanted && existsSync(join(bin, 'node'))) return

  console.log('setting up: dependencies and the current Node LTS (about 20 s, once)')
  const command = ['-y', pnpm, 'install', '--frozen-lockfile']
  const { status, stdout, stderr } = spawnSync('npx', command, { cwd: root, encoding: 'utf8' })
  if (status !== 0)
    fail(`${stdout ?? ''}${stderr ?? ''}\n"npx ${command.join(' ')}" failed: is the npm registry reachable?`)
  requireLibraries()
  mkdirSync(join(root, '.cache'), { recursive: true })
  writeFileSync(stamp, wanted)
}

/** The official builds of Node are linked with libatomic, which a bare Debian comes without. */
function requireLibraries() {
  const missing = missingLibrary()
  if (missing === undefined) return
  const command = 'apt-get install -y --no-install-recommends libatomic1'
  if (missing.startsWith('libatomic') && process.getuid?.() === 0 && aptGet(command)) return
  fail(`the Node of this project (node_modules/.bin/node) needs ${missing}, which is missing here.
As root on Debian or Ubuntu: ${command}; on Fedora: dnf install libatomic`)
}

/** @returns its name, or undefined when the installed Node starts */
function missingLibrary() {
  const { status, stderr, error } = spawnSync(join(bin, 'node'), ['--version'], { encoding: 'utf8' })
  if (status === 0) return undefined
  const name = /(\S+\.so[.\d]*)/.exec(stderr ?? '')?.[1]
  return name ?? fail(`${join(bin, 'node')} does not start: ${error?.message ?? stderr}`)
}

/** @returns whether the installed Node starts now */
function aptGet(command) {
  const [program, ...install] = command.split(' ')
  console.log(`installing what Node needs: ${command}`)
  for (const aptArgs of [['update'], install]) {
    const { status, stderr } = spawnSync(program, ['-q', ...aptArgs], {
      encoding: 'utf8',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
    if (status === 0) continue
    if (stderr) console.error(stderr.trim())
    return false
  }
  return missingLibrary() === undefined
}

function hashOf(files) {
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

/** The script gets the terminal and its signals; this process waits and ends as it ends. */
function run(file, fileArgs) {
  const child = spawn(join(bin, 'node'), [file, ...fileArgs], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
