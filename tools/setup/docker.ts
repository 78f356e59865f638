/**
 * A Docker engine for the tests that need containers: the one that is there, or, as root on Debian, its own
 * package, since a bare build machine has none.
 */
import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cacheFolder } from './cache-folder.ts'
import { withLock } from './lock.ts'
import { runProgram } from './run-program.ts'

export type Docker =
  | { readonly available: true; readonly version: string }
  | { readonly available: false; readonly reason: string; readonly remedy: string }

const startTimeoutMs = 60_000
const pollMs = 200
const remedy = 'install Docker (https://docs.docker.com/engine/install) and start it, or run this as root on Debian'

/** What decides whether an engine may be installed here. */
export interface Machine {
  /** 0 for root; undefined where there are no user ids. */
  readonly uid: number | undefined
  readonly isDebian: boolean
  /** Where the engine's log goes. */
  readonly folder: string
}

const thisMachine = (): Machine => ({
  uid: process.getuid?.(),
  isDebian: existsSync('/etc/debian_version'),
  folder: cacheFolder,
})

/** Sets an engine up where that is possible and waits until it answers. Never throws. */
export async function docker(machine = thisMachine()): Promise<Docker> {
  const engine = await answering()
  if (engine !== undefined) return engine
  const host = process.env.DOCKER_HOST
  if (host !== undefined) {
    return {
      available: false,
      reason: `no Docker engine answers at DOCKER_HOST=${host}`,
      remedy: 'start it, or unset DOCKER_HOST',
    }
  }
  if (machine.uid !== 0 || !machine.isDebian) return { available: false, reason: 'no Docker engine answers', remedy }
  return withLock(join(machine.folder, 'docker.lock'), () => installAndStart(machine))
}

/** @returns undefined when no engine answers */
async function answering(): Promise<Docker | undefined> {
  const { code, stdout } = await runProgram('docker', ['version', '--format', '{{.Server.Version}}'])
  return code === 0 ? { available: true, version: stdout.trim() } : undefined
}

async function installAndStart(machine: Machine): Promise<Docker> {
  const engine = await answering()
  if (engine !== undefined) return engine
  // Where there is systemd the package has started it.
  return (await install()) ?? (await answering()) ?? (await start(machine))
}

/** @returns what went wrong, or undefined */
async function install(): Promise<Docker | undefined> {
  const [hasEngine, hasClient] = [await isThere('dockerd'), await isThere('docker')]
  if (hasEngine && hasClient) return undefined
  console.log('installing the Docker engine: apt-get install docker.io (about a minute, once)')
  const failure = (await aptGet('update')) ?? (hasEngine ? undefined : await aptGet('install', 'docker.io', 'iptables'))
  if (failure !== undefined) return failure
  // From Debian 13 on the client is a package of its own.
  return (await isThere('docker')) ? undefined : aptGet('install', 'docker-cli')
}

const isThere = async (program: string): Promise<boolean> => (await runProgram(program, ['--version'])).code === 0

/** @returns what went wrong, or undefined */
async function aptGet(command: 'update' | 'install', ...packages: readonly string[]): Promise<Docker | undefined> {
  const options = command === 'install' ? ['-y', '--no-install-recommends'] : []
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const { code, stderr } = await runProgram('apt-get', ['-q', command, ...options, ...packages], { env })
  return code === 0 ? undefined : { available: false, reason: `apt-get ${command} failed: ${lastLine(stderr)}`, remedy }
}

/** Leaves the engine running when this process ends: starting it takes seconds, and the next run wants it too. */
async function start({ folder }: Machine): Promise<Docker> {
  mkdirSync(folder, { recursive: true })
  const logFile = join(folder, 'dockerd.log')
  const log = openSync(logFile, 'a')
  console.log(`starting the Docker engine, its log is ${logFile}`)
  const engine = spawn('dockerd', [], { detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  engine.unref()
  let failure: string | undefined
  engine.on('error', (error) => {
    failure = error.message
  })
  engine.on('exit', (code) => {
    failure = `it ended with exit code ${code}: ${lastLine(readFileSync(logFile, 'utf8'))}`
  })

  const deadlineMs = performance.now() + startTimeoutMs
  let isLastTime = false
  while (!isLastTime) {
    // Asked once more after its end, which may be because another engine was quicker.
    isLastTime = failure !== undefined || performance.now() >= deadlineMs
    const found = await answering()
    if (found !== undefined) return found
    await sleep(pollMs)
  }
  const reason = failure ?? `it does not answer after ${startTimeoutMs / 1000} s`
  return { available: false, reason: `the Docker engine cannot be started: ${reason}`, remedy: `see ${logFile}` }
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? ''
