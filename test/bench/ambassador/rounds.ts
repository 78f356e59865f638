/**
 * Requests through every proxy and past them, in one run: the proxy alone on core 0, clients and backend on core 1, the
 * rounds interleaved so that what else the machine does meets all alike, medians told. The processor time per request,
 * from the kernel's accounting, hardly depends on it.
 */
import { cpuTimeOf, median } from '../process-figures.ts'
import type { CostFigures, LatencyFigures } from './figures.ts'
import { closedLoop, type LoadResult, openLoop, type Workload } from './load.ts'
import type { RunningProxy } from './running-proxy.ts'

export interface Rounds {
  readonly connections: number
  /** Of one measurement. */
  readonly seconds: number
  /** Counted ones; one more comes before them, in which caches and compilers warm up. */
  readonly rounds: number
}

/** All requests that went through each proxy, by its name: what its log is held against. */
export type Answers = Map<string, number>

interface Cost {
  readonly userUs: number
  readonly systemUs: number
  readonly requestsPerSecond: number
  readonly errors: number
}

/** What a request costs and how many go through, at as much load as the proxy takes. */
export async function measureCost(
  proxies: readonly RunningProxy[],
  directPort: number,
  workload: Workload,
  { connections, seconds, rounds }: Rounds,
  answers: Answers,
): Promise<CostFigures[]> {
  const costs = new Map<string, Cost[]>()
  for (let round = 0; round <= rounds; round += 1) {
    for (const proxy of [undefined, ...proxies]) {
      const name = proxy?.peer.name ?? 'direct'
      const before = proxy && cpuTimeOf(proxy.pid)
      const load = await closedLoop({ port: proxy?.port ?? directPort, workload, connections, seconds })
      const after = proxy && cpuTimeOf(proxy.pid)
      answers.set(name, (answers.get(name) ?? 0) + load.answers)
      const per = (us: number): number => us / load.answers
      const cost = {
        userUs: before && after ? per(after.userUs - before.userUs) : 0,
        systemUs: before && after ? per(after.systemUs - before.systemUs) : 0,
        requestsPerSecond: load.requests / load.seconds,
        errors: failed(load),
      }
      if (round > 0) costs.set(name, [...(costs.get(name) ?? []), cost])
    }
  }
  return [...costs].map(([name, samples]) => ({ proxy: name, workload, ...mediansOf(samples) }))
}

const failed = ({ errors, requests, statuses }: LoadResult): number => errors + requests - (statuses['200'] ?? 0)

function mediansOf(samples: readonly Cost[]): Omit<CostFigures, 'proxy' | 'workload'> {
  const middle = (read: (sample: Cost) => number): number => median(samples.map(read))
  return {
    userUs: middle((sample) => sample.userUs),
    systemUs: middle((sample) => sample.systemUs),
    cpuUs: middle((sample) => sample.userUs + sample.systemUs),
    requestsPerSecond: middle((sample) => sample.requestsPerSecond),
    errors: samples.reduce((sum, sample) => sum + sample.errors, 0),
  }
}

/** What a client waits for at a rate that all of them take with ease, and what of it the proxy has added. */
export async function measureLatency(
  proxies: readonly RunningProxy[],
  directPort: number,
  rate: number,
  { connections, seconds, rounds }: Rounds,
  answers: Answers,
): Promise<LatencyFigures[]> {
  const results = new Map<string, LoadResult[]>()
  for (let round = 0; round < rounds; round += 1) {
    for (const proxy of [undefined, ...proxies]) {
      const name = proxy?.peer.name ?? 'direct'
      const port = proxy?.port ?? directPort
      const load = await openLoop({ port, workload: 'get', rate, connections, seconds, warmupSeconds: 1 })
      answers.set(name, (answers.get(name) ?? 0) + load.answers)
      results.set(name, [...(results.get(name) ?? []), load])
    }
  }
  const middle = (name: string, quantile: 'p50' | 'p99'): number =>
    median((results.get(name) ?? []).map(({ latencyUs }) => latencyUs?.[quantile] ?? Number.NaN))
  return [...results].map(([name, loads]) => ({
    proxy: name,
    rate,
    p50Us: middle(name, 'p50'),
    p99Us: middle(name, 'p99'),
    addedP50Us: middle(name, 'p50') - middle('direct', 'p50'),
    addedP99Us: middle(name, 'p99') - middle('direct', 'p99'),
    errors: loads.reduce((sum, load) => sum + failed(load), 0),
  }))
}
