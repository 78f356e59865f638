/**
 * Requests through the ambassador and through its peers, in one run: the proxy alone on core 0, clients
 * and backend on core 1, the rounds interleaved, medians told. What counts is the processor time per
 * request, from the kernel's accounting: it hardly depends on what else the machine does.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@podmates/shared/testing/free-port.ts'
import { cpuTimeOf, median, memoryOf } from '../process-figures.ts'
import type { LoadOrder, LoadResult } from './load.ts'
import type { Peer } from './peers.ts'

export interface ProxyFigures {
  readonly name: string
  readonly version: string
  /** Microseconds of processor time per request. */
  readonly userUs: number
  readonly systemUs: number
  readonly requestsPerSecond: number
  /** Requests that failed, in all rounds together. */
  readonly errors: number
  /** After the load. */
  readonly privateBytes: number
}

export interface ProxyRun {
  readonly connections: number
  readonly seconds: number
  readonly rounds: number
}

interface Sample {
  readonly userUs: number
  readonly systemUs: number
  readonly requestsPerSecond: number
  readonly errors: number
}

interface Running {
  readonly peer: Peer
  readonly child: ChildProcess
  readonly port: number
  readonly samples: Sample[]
}

export async function compareProxies(peers: readonly Peer[], run: ProxyRun): Promise<ProxyFigures[]> {
  const folder = mkdtempSync(join(tmpdir(), 'podmates-bench-'))
  const load = fork(join(import.meta.dirname, 'load.ts'), {
    execPath: 'taskset',
    execArgv: ['--cpu-list', '1', process.execPath],
  })
  const [{ backendPort }] = (await once(load, 'message')) as [{ backendPort: number }]
  const running: Running[] = []
  try {
    for (const peer of peers) running.push(await start(peer, backendPort, folder))
    // The first round warms caches and compilers, and is not counted.
    for (let round = 0; round <= run.rounds; round += 1) {
      for (const each of running) {
        const sample = await measure(each, load, run)
        if (round > 0) each.samples.push(sample)
      }
    }
    return running.map(figuresOf)
  } finally {
    for (const { child } of running) child.kill('SIGTERM')
    await Promise.all(running.map(({ child }) => once(child, 'exit')))
    load.kill()
    rmSync(folder, { recursive: true })
  }
}

async function start(peer: Peer, backendPort: number, folder: string): Promise<Running> {
  const port = await freePort()
  const child = peer.start({ port, backendPort }, folder)
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`${peer.name} ended with exit code ${child.exitCode}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return { peer, child, port, samples: [] }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

async function measure({ peer, child, port }: Running, load: ChildProcess, run: ProxyRun): Promise<Sample> {
  const pid = peer.workerPid(child)
  const before = cpuTimeOf(pid)
  load.send({ port, connections: run.connections, seconds: run.seconds } satisfies LoadOrder)
  const [{ requests, errors }] = (await once(load, 'message')) as [LoadResult]
  const after = cpuTimeOf(pid)
  return {
    userUs: (after.userUs - before.userUs) / requests,
    systemUs: (after.systemUs - before.systemUs) / requests,
    requestsPerSecond: requests / run.seconds,
    errors,
  }
}

function figuresOf({ peer, child, samples }: Running): ProxyFigures {
  const middle = (read: (sample: Sample) => number): number => median(samples.map(read))
  return {
    name: peer.name,
    version: peer.version() ?? '',
    userUs: middle((sample) => sample.userUs),
    systemUs: middle((sample) => sample.systemUs),
    requestsPerSecond: middle((sample) => sample.requestsPerSecond),
    errors: samples.reduce((sum, sample) => sum + sample.errors, 0),
    privateBytes: memoryOf(peer.workerPid(child)).privateBytes,
  }
}
