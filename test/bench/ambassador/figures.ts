/** What the proxy bench finds, and what of it is good enough. The same form is in figures.json. */
import type { Machine } from '../machine.ts'
import type { Memory } from '../process-figures.ts'

export interface CostFigures {
  /** `direct` is without a proxy. */
  readonly proxy: string
  readonly workload: string
  /** Microseconds of processor time per request. */
  readonly userUs: number
  readonly systemUs: number
  readonly cpuUs: number
  /** At as much load as it takes. */
  readonly requestsPerSecond: number
  /** Requests that failed, in all rounds together. */
  readonly errors: number
}

export interface LatencyFigures {
  readonly proxy: string
  /** Requests per second. */
  readonly rate: number
  readonly p50Us: number
  readonly p99Us: number
  /** Over direct, in the same rounds. */
  readonly addedP50Us: number
  readonly addedP99Us: number
  readonly errors: number
}

export interface FootprintFigures {
  readonly proxy: string
  /** To the first answer. */
  readonly startMs: number
  readonly idle: Memory
  readonly connections: number
  readonly withConnections: Memory
  readonly afterLoad: Memory
}

export interface Logged {
  readonly proxy: string
  readonly requests: number
  /** Of its access log; a few more belong to its start and to the bench's own probes. */
  readonly lines: number
}

export interface ProxyFigures {
  readonly machine: Machine
  readonly versions: Readonly<Record<string, string>>
  readonly run: { readonly connections: number; readonly seconds: number; readonly rounds: number }
  readonly cost: readonly CostFigures[]
  readonly latency: readonly LatencyFigures[]
  readonly footprint: readonly FootprintFigures[]
  readonly logged: readonly Logged[]
}

export const ours = 'ambassador'
export const oursQuiet = 'ambassador, errors only'

export interface Goal {
  readonly what: string
  readonly found: number
  readonly goal: number
  /** What must not be exceeded. */
  readonly limit: number
  readonly unit: string
}

const megabyte = 1e6

/** Those whose peers were there. The goal is what we want; beyond the limit we are not done. */
export function goalsOf({ cost, latency, footprint }: ProxyFigures): Goal[] {
  const cpu = (proxy: string, workload: string): number | undefined =>
    cost.find((each) => each.proxy === proxy && each.workload === workload)?.cpuUs
  const p99 = (proxy: string): number | undefined => latency.find((each) => each.proxy === proxy)?.addedP99Us
  const memory = footprint.find((each) => each.proxy === ours)
  const goals: Goal[] = []
  const add = (found: number | undefined, goal: Omit<Goal, 'found'>): void => {
    if (found !== undefined && Number.isFinite(found)) goals.push({ found, ...goal })
  }
  for (const workload of new Set(cost.map((each) => each.workload))) {
    for (const [peer, goal, limit] of [
      ['haproxy', 1.1, 1.3],
      ['envoy', 0.4, 0.5],
    ] as const) {
      const found = ratio(cpu(ours, workload), cpu(peer, workload))
      add(found, { what: `processor time per request against ${peer}, ${workload}`, goal, limit, unit: 'x' })
    }
  }
  add(ratio(p99(ours), p99('envoy')), { what: 'added p99 against envoy', goal: 1, limit: 1, unit: 'x' })
  const size = (bytes: number | undefined): number | undefined => bytes && bytes / megabyte
  add(size(memory?.idle.privateBytes), { what: 'private memory, idle', goal: 16, limit: 16, unit: ' MB' })
  add(size(memory?.withConnections.privateBytes), {
    what: `private memory, ${memory?.connections} idle connections`,
    goal: 40,
    limit: 40,
    unit: ' MB',
  })
  return goals
}

const ratio = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a / b
