/**
 * The ambassador beside nginx, HAProxy and Envoy in one run, each set up for the same job (peers/peer.ts): what a
 * request costs, what a client waits for, and what the proxy costs when nobody asks.
 *
 *   npm run bench -- ambassador [--seconds=3] [--rounds=5] [--connections=32] [--workloads=get,64k] [--write]
 *
 * With --write the figures go into the sidecar's README and into figures.json, with the machine and the date.
 * A proxy that is missing is installed where that is possible, and else left out, with the reason.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { replaceSection } from '../../../tools/docs/marked-section.ts'
import { thisMachine } from '../machine.ts'
import { memoryOf } from '../process-figures.ts'
import { leaveProxyCore } from './cores.ts'
import type { CostFigures, FootprintFigures, LatencyFigures, Logged, ProxyFigures } from './figures.ts'
import { ours, oursQuiet } from './figures.ts'
import { measureFootprint } from './footprint.ts'
import { type Backend, startBackend, type Workload, workloads } from './load.ts'
import { ambassador } from './peers/ambassador.ts'
import { envoy } from './peers/envoy.ts'
import { haproxy } from './peers/haproxy.ts'
import { nginx } from './peers/nginx.ts'
import type { Peer } from './peers/peer.ts'
import { type Answers, measureCost, measureLatency, type Rounds } from './rounds.ts'
import { type RunningProxy, startProxy } from './running-proxy.ts'
import { goalLines, readmeSection } from './tables.ts'

/** Below the knee of all of them: Envoy takes some seven times as many. */
const ratePerSecond = 1000
const idleConnections = 1000
const footprintRuns = 3

export const proxyPeers: readonly Peer[] = [
  ambassador(ours, 'all'),
  ambassador(oursQuiet, 'errors'),
  nginx,
  haproxy,
  envoy,
]

export async function benchAmbassador(rounds: Rounds, tasks: readonly Workload[]): Promise<ProxyFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'podmates-bench-'))
  await using backend = await startBackend()
  try {
    const versions: Record<string, string> = {}
    const peers: Peer[] = []
    for (const peer of proxyPeers) {
      const ready = await peer.ready()
      if ('missing' in ready) console.log(`left out: ${ready.missing}`)
      else {
        versions[peer.name] = ready.version
        peers.push(peer)
      }
    }
    const footprints: Omit<FootprintFigures, 'afterLoad'>[] = []
    for (const peer of peers) {
      const setting = { endpoints: backend.endpoints, folder }
      footprints.push(await measureFootprint(peer, setting, idleConnections, footprintRuns))
    }
    const { afterLoad, ...loaded } = await underLoad(peers, backend, folder, rounds, tasks)
    const footprint = footprints.map((each) => ({ ...each, afterLoad: afterLoad(each.proxy) }))
    return { machine: thisMachine(), versions, run: rounds, ...loaded, footprint }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface Loaded {
  readonly cost: readonly CostFigures[]
  readonly latency: readonly LatencyFigures[]
  readonly logged: readonly Logged[]
  afterLoad(proxy: string): FootprintFigures['afterLoad']
}

async function underLoad(
  peers: readonly Peer[],
  { endpoints }: Backend,
  folder: string,
  rounds: Rounds,
  tasks: readonly Workload[],
): Promise<Loaded> {
  const directPort = Number(endpoints[0]?.split(':')[1])
  const answers: Answers = new Map()
  const proxies: RunningProxy[] = []
  const logged: Logged[] = []
  const memory = new Map<string, FootprintFigures['afterLoad']>()
  const cost: CostFigures[] = []
  let latency: readonly LatencyFigures[] = []
  try {
    for (const peer of peers) proxies.push(await startProxy(peer, { endpoints, folder }))
    for (const task of tasks) cost.push(...(await measureCost(proxies, directPort, task, rounds, answers)))
    latency = await measureLatency(proxies, directPort, ratePerSecond, rounds, answers)
    for (const { peer, pid } of proxies) memory.set(peer.name, memoryOf(pid))
  } finally {
    for (const proxy of proxies) {
      const lines = await proxy.stop()
      logged.push({ proxy: proxy.peer.name, requests: answers.get(proxy.peer.name) ?? 0, lines })
    }
  }
  const none = { privateBytes: 0, residentBytes: 0 }
  return { cost, latency, logged, afterLoad: (proxy) => memory.get(proxy) ?? none }
}

function write(figures: ProxyFigures): void {
  writeFileSync(join(import.meta.dirname, 'figures.json'), `${JSON.stringify(figures, undefined, 2)}\n`)
  const file = join(import.meta.dirname, '../../../sidecars/ambassador/README.md')
  const content = replaceSection(readFileSync(file, 'utf8'), 'bench', readmeSection(figures))
  if (content === undefined) throw new Error(`${file} has no place for the figures`)
  writeFileSync(file, content)
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '3' },
      rounds: { type: 'string', default: '5' },
      connections: { type: 'string', default: '32' },
      workloads: { type: 'string', default: workloads.join(',') },
      write: { type: 'boolean', default: false },
    },
  })
  leaveProxyCore()
  const rounds = {
    seconds: Number(values.seconds),
    rounds: Number(values.rounds),
    connections: Number(values.connections),
  }
  const figures = await benchAmbassador(rounds, values.workloads.split(',') as Workload[])
  console.log(readmeSection(figures))
  console.log(`\n${goalLines(figures).join('\n')}`)
  if (values.write) write(figures)
}
