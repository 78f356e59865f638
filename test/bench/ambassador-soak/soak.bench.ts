/**
 * Minutes of mixed faults from both sides: endpoints that are slow, fail, refuse, reset, lie and restart; clients that
 * pipeline, leave, break off and attack. At the end every request must be accounted for, and nothing may have grown.
 *
 *   npm run bench -- ambassador-soak [--minutes=10] [--clients=32] [--seed=1]
 *
 * Ends with exit code 1 and the reasons when it is not so.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { seededRandom } from '@podmates/shared/world/random.ts'
import { ambassador } from '../ambassador/peers/ambassador.ts'
import type { Peer } from '../ambassador/peers/peer.ts'
import { startProxy } from '../ambassador/running-proxy.ts'
import { startEndpoints, stock } from '../ambassador-faults/endpoints.ts'
import { memoryOf } from '../process-figures.ts'
import { type Balance, balance, openAccount, saw } from './accounts.ts'
import { chaos } from './chaos.ts'
import { anyClient, closeConnections } from './clients.ts'
import { type Growth, growthOf, openFiles } from './leaks.ts'

interface Soak {
  readonly minutes: number
  readonly clients: number
  readonly seed: number
}

interface SoakFigures {
  readonly balance: Balance
  readonly growth: Growth
  readonly files: { readonly before: number; readonly after: number }
  /** Connections that the ambassador itself says are still open. */
  readonly connections: number
}

const endpointCount = 4
/** Idle connections to endpoints are closed after 4 s, refused clients are given 10 s at most. */
const quietMs = 15_000

/**
 * With the heap that it has in a container of 96 MiB, as our manifests give it: with the memory of a whole machine V8
 * lets garbage lie, and nobody could tell it from a leak.
 */
const peer: Peer = {
  ...ambassador('ambassador', 'errors'),
  command: async (job) => {
    const command = await ambassador('ambassador', 'errors').command(job)
    return command.map((word) => (word.startsWith('--max-old-space-size') ? '--max-old-space-size=48' : word))
  },
}

async function soak({ minutes, clients, seed }: Soak): Promise<SoakFigures> {
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'podmates-soak-'))
  stack.defer(() => rmSync(folder, { recursive: true }))
  const endpoints = await startEndpoints(endpointCount, stack)
  const addresses = endpoints.map(({ address }) => address)
  const proxy = await startProxy(peer, { endpoints: addresses, folder, probePath: stock })
  stack.defer(async () => void (await proxy.stop()))
  const metrics = async (): Promise<string> => (await fetch(`http://127.0.0.1:${proxy.adminPort}/metrics`)).text()

  const account = openAccount()
  // The start was probed: those requests are on the page too, and one of them was answered with 200.
  const probes = balance(account, await metrics())
  for (const { name, counted } of probes.byClass)
    for (let each = 0; each < counted; each += 1) saw(account, Number(name[0]) * 100)
  const target = { port: proxy.port, account }
  const filesBefore = openFiles(proxy.pid)
  const samples: number[] = []
  const untilMs = performance.now() + minutes * 60_000
  const end = new AbortController()
  const faults = chaos(endpoints, seededRandom(seed), end.signal)
  const run = async (number: number): Promise<void> => {
    const random = seededRandom(seed + number)
    while (performance.now() < untilMs) {
      await anyClient(random)(target, random)
      await delay(random.next() * 20)
    }
  }
  const watch = async (): Promise<void> => {
    while (performance.now() < untilMs) {
      samples.push(memoryOf(proxy.pid).privateBytes)
      await delay((minutes * 60_000) / 120)
    }
  }
  await Promise.all([watch(), ...Array.from({ length: clients }, (_, number) => run(number + 1))])
  end.abort()
  await faults
  closeConnections()
  await delay(quietMs)
  const page = await metrics()
  return {
    balance: balance(account, page),
    growth: growthOf(samples),
    files: { before: filesBefore, after: openFiles(proxy.pid) },
    connections: openConnections(page),
  }
}

const openConnections = (page: string): number =>
  [...page.matchAll(/^podmates_ambassador_(?:client|upstream)_connections\{.*\} (\d+)$/gm)].reduce(
    (sum, [, value]) => sum + Number(value),
    0,
  )

function problemsOf({ balance: { problems }, growth, files, connections }: SoakFigures): string[] {
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
  const found = [...problems]
  if (growth.isLeak) found.push(`memory grew from ${megabytes(growth.beforeBytes)} to ${megabytes(growth.afterBytes)}`)
  // Those of the page that is being read now.
  if (files.after > files.before + 2) found.push(`${files.before} files were open before, ${files.after} are after`)
  if (connections > 0) found.push(`${connections} connections are open though everybody has gone`)
  return found
}

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    clients: { type: 'string', default: '32' },
    seed: { type: 'string', default: '1' },
  },
})
const found = await soak({
  minutes: Number(values.minutes),
  clients: Number(values.clients),
  seed: Number(values.seed),
})
const { made, flagged, byClass } = found.balance
console.log(
  `${made} requests, ${flagged} of them flagged; ${byClass.map(({ name, counted }) => `${name} ${counted}`).join(', ')}`,
)
console.log(
  `private memory ${(found.growth.beforeBytes / 1e6).toFixed(1)} -> ${(found.growth.afterBytes / 1e6).toFixed(1)} MB, open files ${found.files.before} -> ${found.files.after}`,
)
const problems = problemsOf(found)
for (const problem of problems) console.log(`PROBLEM: ${problem}`)
if (problems.length > 0) {
  console.log(`the same again: npm run bench -- ambassador-soak --minutes=${values.minutes} --seed=${values.seed}`)
  process.exitCode = 1
}
