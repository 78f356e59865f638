/** A proxy that runs alone on core 0, its access log written to a pipe that another core reads and counts. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '@podmates/shared/testing/free-port.ts'
import { mustRun } from '../../../tools/setup/run-program.ts'
import { loadCore, proxyCore } from './cores.ts'
import type { Balancer, Peer } from './peers/peer.ts'

export interface RunningProxy {
  readonly peer: Peer
  readonly port: number
  readonly adminPort: number
  /** The process that does the work. */
  readonly pid: number
  /** From the start of the process to the first request that was answered through it. */
  readonly startMs: number
  /** Ends it. @returns the lines that it has written */
  stop(): Promise<number>
}

export interface ProxySetting {
  readonly endpoints: readonly string[]
  readonly balancer?: Balancer
  /** A folder for its files. */
  readonly folder: string
  /** What is asked until it is answered with 200. */
  readonly probePath?: string
}

export async function startProxy(peer: Peer, setting: ProxySetting): Promise<RunningProxy> {
  const folder = mkdtempSync(join(setting.folder, `${peer.name.replaceAll(/\W+/g, '-')}-`))
  const [port, adminPort] = [await freePort(), await freePort()]
  const { endpoints, balancer = 'two-choices', probePath = '/' } = setting
  const command = await peer.command({ port, adminPort, endpoints, balancer, folder })
  const { log, lines } = await countedLog(join(folder, 'log'))
  const complaints = join(folder, 'stderr')
  const stderr = openSync(complaints, 'w')
  const sinceMs = performance.now()
  const child = spawn('taskset', ['--cpu-list', proxyCore, ...command], { stdio: ['ignore', log, stderr] })
  closeSync(log)
  closeSync(stderr)
  if (!(await isAnswered(`http://127.0.0.1:${port}${probePath}`, child)))
    throw new Error(`${peer.name} ended with exit code ${child.exitCode}:\n${readFileSync(complaints, 'utf8')}`)
  const startMs = performance.now() - sinceMs
  const stop = async (): Promise<number> => {
    const exit = once(child, 'exit')
    if (child.exitCode === null && child.kill('SIGTERM')) await exit
    return lines()
  }
  return { peer, port, adminPort, startMs, pid: peer.workerPid(child.pid ?? 0), stop }
}

/** A named pipe, as a container's stdout is one: a file would be cheaper, and a socket cannot be opened by its name. */
async function countedLog(path: string): Promise<{ log: number; lines(): Promise<number> }> {
  await mustRun('mkfifo', [path])
  const counter = spawn('sh', ['-c', `exec taskset --cpu-list ${loadCore} wc -l < '${path}'`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  counter.stdout.on('data', (data) => {
    text += String(data)
  })
  const end = once(counter, 'close')
  return {
    log: openSync(path, 'w'),
    lines: async () => {
      await end
      return Number(text)
    },
  }
}

/** Asks until it is answered with 200. @returns false when the proxy has ended */
async function isAnswered(url: string, child: ChildProcess): Promise<boolean> {
  while (child.exitCode === null) {
    const answer = await fetch(url).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer?.status === 200) return true
    await delay(2)
  }
  return false
}
