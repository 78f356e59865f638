/** The Go program that is backend and clients of the proxies, on core 1: the other one is the proxy's alone. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { goApps } from '../../../tools/setup/go.ts'
import { mustRun } from '../../../tools/setup/run-program.ts'
import { loadCore } from './cores.ts'

export const workloads = ['get', '1k', '64k', 'post'] as const
/** A small GET, a body of 1 KiB and of 64 KiB in the answer, a POST with 1 KiB. Or a path for a GET. */
export type Workload = (typeof workloads)[number] | `/${string}`

export interface LoadResult {
  /** Answered in the counted time, with whatever status. */
  readonly requests: number
  /** All that were answered, before and after it too. */
  readonly answers: number
  readonly seconds: number
  readonly statuses: Readonly<Record<string, number>>
  /** Got no whole answer. */
  readonly errors: number
  readonly firstError?: string
  /** Of an open loop: from when a request was due, so that a stall counts for all who waited. */
  readonly latencyUs?: {
    readonly p50: number
    readonly p90: number
    readonly p99: number
    readonly p999: number
    readonly max: number
  }
}

export interface OpenLoop {
  readonly port: number
  readonly workload: Workload
  /** Requests per second. */
  readonly rate: number
  readonly seconds: number
  readonly warmupSeconds: number
  /** The most connections; requests beyond them wait, and their wait counts. */
  readonly connections: number
}

export interface ClosedLoop {
  readonly port: number
  readonly workload: Workload
  /** Each with one request under way. */
  readonly connections: number
  readonly seconds: number
}

export interface Backend extends AsyncDisposable {
  /** Two addresses of loopback, of one process. */
  readonly endpoints: readonly string[]
}

export async function startBackend(): Promise<Backend> {
  const child = await onLoadCore(['backend'])
  const { port } = await firstLine<{ port: number }>(child)
  return {
    endpoints: [`127.0.0.1:${port}`, `127.0.0.2:${port}`],
    [Symbol.asyncDispose]: () => ended(child),
  }
}

/** As many requests as the target can take. */
export async function closedLoop({ port, workload, connections, seconds }: ClosedLoop): Promise<LoadResult> {
  return result('closed', port, { workload, connections, duration: `${seconds}s` })
}

/** Requests by the clock, whatever the target takes. */
export async function openLoop(loop: OpenLoop): Promise<LoadResult> {
  const { port, workload, rate, connections, seconds, warmupSeconds } = loop
  return result('open', port, { workload, rate, connections, duration: `${seconds}s`, warmup: `${warmupSeconds}s` })
}

/** Connections that have asked once and stay open until this is disposed of. */
export async function holdConnections(port: number, connections: number): Promise<AsyncDisposable> {
  const child = await onLoadCore(['hold', ...flags(port, { connections })])
  await firstLine(child)
  return { [Symbol.asyncDispose]: () => ended(child) }
}

async function result(command: string, port: number, options: Record<string, string | number>): Promise<LoadResult> {
  const { proxyload } = await goApps()
  return JSON.parse(await mustRun('taskset', ['--cpu-list', loadCore, proxyload, command, ...flags(port, options)]))
}

const flags = (port: number, options: Record<string, string | number>): string[] => [
  `-target=127.0.0.1:${port}`,
  ...Object.entries(options).map(([name, value]) => `-${name}=${value}`),
]

async function onLoadCore(args: readonly string[]): Promise<ChildProcess> {
  const { proxyload } = await goApps()
  return spawn('taskset', ['--cpu-list', loadCore, proxyload, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
}

async function firstLine<T>(child: ChildProcess): Promise<T> {
  if (child.stdout === null) throw new Error('the load was started without a pipe')
  const lines = createInterface({ input: child.stdout })
  const line = await Promise.race([once(lines, 'line'), once(lines, 'close')])
  if (line.length === 0) throw new Error('the load ended before it said that it was ready')
  return JSON.parse(line[0])
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exit = once(child, 'exit')
  child.kill()
  await exit
}
