/**
 * The ambassador's figures: what a request costs, against nginx and HAProxy in the same run, and what the
 * sidecar costs before it has done anything.
 *
 *   node test/bench/ambassador/request-cost.bench.ts [--seconds 5] [--rounds 3] [--connections 32] [--write]
 *
 * With --write the figures go into the sidecar's README, with the machine and the date.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { replaceSection } from '../../../tools/docs/marked-section.ts'
import { measureStart, type StartFigures } from '../start.ts'
import { ambassador, haproxy, installHint, nginx } from './peers.ts'
import { compareProxies, type ProxyFigures, type ProxyRun } from './proxies.ts'

export interface AmbassadorFigures {
  readonly proxies: readonly ProxyFigures[]
  readonly start: StartFigures
}

const config = `listeners:
  inventory: { address: "127.0.0.1:0", upstream: inventory }
upstreams:
  inventory: { endpoints: ["127.0.0.1:1"] }
`

/** Prints as it goes, and returns the same figures. */
export async function benchAmbassador(run: ProxyRun): Promise<AmbassadorFigures> {
  const peers = [haproxy, nginx].filter((peer) => {
    if (peer.version() !== undefined) return true
    console.log(`${peer.name} is not installed and is left out; to get it: ${installHint}`)
    return false
  })
  const proxies = await compareProxies([ambassador, ...peers], run)
  printProxies(proxies)
  const start = await measureStart({ name: 'ambassador', config, hasAdmin: true })
  console.log(
    `\nstarted after ${start.startMs.toFixed(0)} ms, idle with ${mebibytes(start.privateBytes)} of private memory`,
  )
  return { proxies, start }
}

function printProxies(proxies: readonly ProxyFigures[]): void {
  const reference = proxies.find((proxy) => proxy.name === 'haproxy') ?? proxies[0]
  const cpu = (proxy: ProxyFigures): number => proxy.userUs + proxy.systemUs
  console.log('proxy                  user  system   us/request   requests/s   private memory   errors')
  for (const proxy of proxies) {
    const ratio = reference === undefined ? '' : ` (${(cpu(proxy) / cpu(reference)).toFixed(2)}x)`
    const line = [
      `${proxy.name} ${proxy.version}`.padEnd(19),
      proxy.userUs.toFixed(1).padStart(8),
      proxy.systemUs.toFixed(1).padStart(7),
      `${cpu(proxy).toFixed(1)}${ratio}`.padStart(13),
      proxy.requestsPerSecond.toFixed(0).padStart(12),
      mebibytes(proxy.privateBytes).padStart(16),
      String(proxy.errors).padStart(8),
    ]
    console.log(line.join(''))
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`
}

function writeReadme({ proxies, start }: AmbassadorFigures): void {
  const file = join(import.meta.dirname, '../../../sidecars/ambassador/README.md')
  const content = replaceSection(readFileSync(file, 'utf8'), 'bench', readmeSection(proxies, start))
  if (content === undefined) throw new Error(`${file} has no place for the figures`)
  writeFileSync(file, content)
}

function readmeSection(proxies: readonly ProxyFigures[], start: StartFigures): string {
  const rows = proxies.map((proxy) => {
    const cells = [proxy.userUs, proxy.systemUs, proxy.userUs + proxy.systemUs].map((us) => us.toFixed(1))
    return `| ${proxy.name} ${proxy.version} | ${cells.join(' | ')} | ${proxy.requestsPerSecond.toFixed(0)} | ${mebibytes(proxy.privateBytes)} |`
  })
  return [
    '| proxy | user, us per request | system | both | requests/s | private memory after load |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
    `Started after ${start.startMs.toFixed(0)} ms; idle with ${mebibytes(start.privateBytes)} of private memory.`,
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores ${cpus()[0]?.model.trim()}, Node ${process.versions.node}.`,
  ].join('\n')
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '3' },
      connections: { type: 'string', default: '32' },
      write: { type: 'boolean', default: false },
    },
  })
  const [seconds, rounds, connections] = [values.seconds, values.rounds, values.connections].map(Number) as [
    number,
    number,
    number,
  ]
  const figures = await benchAmbassador({ seconds, rounds, connections })
  if (values.write) writeReadme(figures)
}
