/**
 * What a sidecar costs before it has done anything: the time from the start of its process until its
 * startup probe passes, and the private memory that it holds when it is idle. Measured on the bundle that
 * the image holds, with the flags that the image gives it, so `npm run build` comes first.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@podmates/shared/testing/free-port.ts'
import { type Memory, median, memoryOf } from './process-figures.ts'

export interface StartSubject {
  /** The sidecar's folder: `ambassador`. */
  readonly name: string
  readonly config: string
  /** Without an admin server the first log line `started` counts: the init waiter, on a target that never answers. */
  readonly hasAdmin: boolean
}

export interface StartFigures extends Memory {
  /** Milliseconds, median of all runs. */
  readonly startMs: number
}

/** Idle means: this long after the start, when the garbage of the start has been collected or not. */
const idleMs = 2000

const root = join(import.meta.dirname, '../..')

/** @param runs processes started one after another; the medians are told */
export async function measureStart(subject: StartSubject, runs = 5): Promise<StartFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'podmates-bench-'))
  const figures: StartFigures[] = []
  try {
    for (let run = 0; run < runs; run += 1) figures.push(await measureOnce(subject, folder))
  } finally {
    rmSync(folder, { recursive: true })
  }
  return {
    startMs: median(figures.map((each) => each.startMs)),
    privateBytes: median(figures.map((each) => each.privateBytes)),
    residentBytes: median(figures.map((each) => each.residentBytes)),
  }
}

async function measureOnce(subject: StartSubject, folder: string): Promise<StartFigures> {
  const port = await freePort()
  const sinceMs = performance.now()
  const child = startBundle(subject, folder, port)
  try {
    await (subject.hasAdmin ? startupProbe(port, child) : startedLine(child))
    const startMs = performance.now() - sinceMs
    await new Promise((resolve) => setTimeout(resolve, idleMs))
    return { startMs, ...memoryOf(child.pid ?? 0) }
  } finally {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
}

/**
 * The sidecar's bundle as its image runs it: the same flags and environment, compiled code kept from the run before.
 * @throws Error when it was not built
 */
export function bundleCommand(name: string): [program: string, ...args: string[]] {
  const bundle = join(root, 'sidecars', name, 'dist', 'podmate')
  if (!existsSync(bundle)) throw new Error(`${bundle} is missing; run: npm run build -- ${name}`)
  const { environment, flags } = imageSettings(name)
  const cache = `NODE_COMPILE_CACHE=${join(root, '.cache', 'compile-cache')}`
  return ['env', cache, ...environment, process.execPath, ...flags, bundle]
}

/** `NAME=value` for each variable of the image that is not about its paths, and Node's flags of its entrypoint. */
function imageSettings(name: string): { environment: Set<string>; flags: string[] } {
  const dockerfile = readFileSync(join(root, 'sidecars', name, 'Dockerfile'), 'utf8')
  const environment = dockerfile.match(/\bMALLOC_\w+=\S+/g)
  const entrypoint = /^ENTRYPOINT (\["node", .*"\/app\/podmate"\])$/m.exec(dockerfile)?.[1]
  if (environment === null || entrypoint === undefined)
    throw new Error(
      `sidecars/${name}/Dockerfile has no MALLOC_ variables, or runs /app/podmate in another way than by node`,
    )
  return { environment: new Set(environment), flags: JSON.parse(entrypoint).slice(1, -1) }
}

function startBundle({ name, config, hasAdmin }: StartSubject, folder: string, port: number): ChildProcess {
  const file = join(folder, `${name}.yaml`)
  writeFileSync(file, config)
  const [program, ...args] = bundleCommand(name)
  const admin = hasAdmin ? ['--admin', `127.0.0.1:${port}`] : []
  return spawn(program, [...args, 'run', '--config', file, ...admin], { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function startupProbe(port: number, child: ChildProcess): Promise<void> {
  child.stdout?.resume()
  while (child.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${port}/startupz`).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer?.status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  throw new Error(`the process ended with exit code ${child.exitCode}`)
}

function startedLine(child: ChildProcess): Promise<void> {
  let text = ''
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the process ended with exit code ${code}`)))
    child.stdout?.on('data', (data) => {
      text += String(data)
      if (text.includes('"msg":"started"')) resolve()
    })
  })
}
