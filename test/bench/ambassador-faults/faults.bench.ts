/**
 * What clients see when endpoints misbehave, through the ambassador and through its peers, each with the retries,
 * checks and breakers of the same job: an open loop of GETs over five endpoints, with exact counts at both ends.
 *
 *   npm run bench -- ambassador-faults [--seconds=10] [--scenarios=slow,outage] [--write]
 *
 * With --write the figures go into the sidecar's README and into figures.json, with the machine and the date.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { replaceSection } from '../../../tools/docs/marked-section.ts'
import { leaveProxyCore } from '../ambassador/cores.ts'
import { ours } from '../ambassador/figures.ts'
import { ambassador } from '../ambassador/peers/ambassador.ts'
import { envoy } from '../ambassador/peers/envoy.ts'
import { haproxy } from '../ambassador/peers/haproxy.ts'
import { nginx } from '../ambassador/peers/nginx.ts'
import type { Balancer, Peer } from '../ambassador/peers/peer.ts'
import { startProxy } from '../ambassador/running-proxy.ts'
import { describeMachine, type Machine, thisMachine } from '../machine.ts'
import { startEndpoints, stock } from './endpoints.ts'
import { type FaultFigures, run, type Scenario, scenarios } from './scenarios.ts'

interface Row extends FaultFigures {
  readonly scenario: string
  readonly proxy: string
  readonly balancer: Balancer
}

interface Figures {
  readonly machine: Machine
  readonly seconds: number
  readonly rows: readonly Row[]
}

const endpointCount = 5
const peers: readonly Peer[] = [ambassador(ours, 'errors'), nginx, haproxy, envoy]

/** The balancers differ where one endpoint is slow; elsewhere each proxy has the one that a wise user would choose. */
const balancersFor = (scenario: Scenario, { balancers }: Peer): readonly Balancer[] =>
  scenario.name === 'slow' ? balancers : ['two-choices']

async function measure(chosen: readonly Scenario[], seconds: number): Promise<Figures> {
  const rows: Row[] = []
  for (const scenario of chosen) {
    for (const peer of peers) {
      const ready = await peer.ready()
      if ('missing' in ready) {
        console.log(`left out: ${ready.missing}`)
        continue
      }
      for (const balancer of balancersFor(scenario, peer)) {
        const figures = await measureOne(scenario, peer, balancer, seconds)
        rows.push({ scenario: scenario.name, proxy: peer.name, balancer, ...figures })
      }
    }
  }
  return { machine: thisMachine(), seconds, rows }
}

/** Everything anew for each, so that no proxy meets an endpoint that another one has worn out. */
async function measureOne(scenario: Scenario, peer: Peer, balancer: Balancer, seconds: number): Promise<FaultFigures> {
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'podmates-bench-'))
  stack.defer(() => rmSync(folder, { recursive: true }))
  const endpoints = await startEndpoints(endpointCount, stack)
  const addresses = endpoints.map(({ address }) => address)
  const proxy = await startProxy(peer, { endpoints: addresses, balancer, folder, probePath: stock })
  stack.defer(async () => void (await proxy.stop()))
  return await run(scenario, proxy.port, endpoints, seconds)
}

/** What an issue was closed on: none of these may be missed. */
function verdicts(rows: readonly Row[]): string[] {
  const mine = (scenario: string, balancer: Balancer): Row | undefined =>
    rows.find((row) => row.scenario === scenario && row.balancer === balancer && row.proxy === ours)
  const lines: string[] = []
  const say = (what: string, isGood: boolean): void => void lines.push(`${isGood ? 'good' : 'NOT GOOD'}: ${what}`)
  const inTurn = mine('slow', 'round-robin')
  for (const balancer of ['two-choices', 'latency'] as const) {
    const found = mine('slow', balancer)
    if (inTurn === undefined || found === undefined) continue
    say(
      `slow, ${balancer}: p99 ${found.p99Ms.toFixed(0)} ms, in turn ${inTurn.p99Ms.toFixed(0)} ms`,
      found.p99Ms < inTurn.p99Ms / 2,
    )
  }
  const [failing, outage, restart] = (['failing', 'outage', 'restart'] as const).map((name) =>
    mine(name, 'two-choices'),
  )
  if (failing)
    say(
      `failing: ${failing.requests - failing.good} of ${failing.requests} failed`,
      failing.good >= failing.requests * 0.999,
    )
  if (outage) say(`outage: amplification ${outage.amplification.toFixed(3)}`, outage.amplification <= 1.2)
  if (restart)
    say(`restart: ${restart.requests - restart.good} of ${restart.requests} failed`, restart.good === restart.requests)
  return lines
}

function readmeSection({ machine, seconds, rows }: Figures): string {
  const lines = rows.map(({ scenario, proxy, balancer, requests, good, p50Ms, p99Ms, p999Ms, amplification }) => {
    const title = scenarios.find((each) => each.name === scenario)?.title ?? scenario
    const share = `${((100 * good) / requests).toFixed(2)} %`
    const cells = [title, `${proxy}, ${balancer}`, share, String(requests - good), p50Ms, p99Ms, p999Ms].map((cell) =>
      typeof cell === 'number' ? cell.toFixed(1) : cell,
    )
    return `| ${[...cells, amplification.toFixed(2)].join(' | ')} |`
  })
  return [
    '| what goes wrong | proxy | good answers | failed | p50, ms | p99 | p99.9 | requests at the endpoints, of each one made |',
    '|---|---|---|---|---|---|---|---|',
    ...lines,
    '',
    `${scenarios[0]?.rate} GETs a second for ${seconds} s over ${endpointCount} endpoints.`,
    describeMachine(machine),
  ].join('\n')
}

function write(figures: Figures): void {
  writeFileSync(join(import.meta.dirname, 'figures.json'), `${JSON.stringify(figures, undefined, 2)}\n`)
  const file = join(import.meta.dirname, '../../../sidecars/ambassador/README.md')
  const content = replaceSection(readFileSync(file, 'utf8'), 'faults', readmeSection(figures))
  if (content === undefined) throw new Error(`${file} has no place for the figures`)
  writeFileSync(file, content)
}

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    scenarios: { type: 'string', default: scenarios.map(({ name }) => name).join(',') },
    write: { type: 'boolean', default: false },
  },
})
leaveProxyCore()
const names = values.scenarios.split(',')
const figures = await measure(
  scenarios.filter(({ name }) => names.includes(name)),
  Number(values.seconds),
)
console.log(readmeSection(figures))
console.log(`\n${verdicts(figures.rows).join('\n')}`)
if (values.write) write(figures)
