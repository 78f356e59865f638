/**
 * What a StatsD line costs: processor time of the adapter against statsd_exporter's, over the same lines in the
 * same run, by TCP (nothing can be lost) and by UDP. And what a start costs.
 *
 *   node test/bench/adapter/statsd-cost.bench.ts [--lines 1000000] [--write]
 *
 * With --write the figures go into the sidecar's README, with the machine and the date.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { freePort } from '@podmates/shared/testing/free-port.ts'
import { replaceSection } from '../../../tools/docs/marked-section.ts'
import { go } from '../../../tools/setup/go.ts'
import { statsdExporter } from '../../../tools/setup/statsd-exporter.ts'
import { cpuTimeOf, memoryOf } from '../process-figures.ts'
import { bundleCommand, measureStart, type StartFigures } from '../start.ts'

interface Ports {
  readonly statsd: number
  readonly page: number
}

interface Contender {
  readonly name: string
  start(ports: Ports, folder: string): ChildProcess
}

interface Cost {
  readonly name: string
  readonly protocol: 'tcp' | 'udp'
  /** Processor time, user and system, per line that was counted. */
  readonly usPerLine: number
  /** Lines that were sent and never counted. */
  readonly lostLines: number
  readonly privateBytes: number
}

const linesPerPacket = 20
const seriesCount = 1000

const adapter: Contender = {
  name: 'adapter',
  start({ statsd, page }, folder) {
    const file = join(folder, 'adapter.yaml')
    writeFileSync(file, adapterConfig(statsd, page))
    const [program, ...args] = bundleCommand('adapter')
    return spawn(program, [...args, 'run', '--config', file, '--admin', '127.0.0.1:0'], { stdio: 'ignore' })
  },
}

function adapterConfig(statsd: number, page: number): string {
  const address = `"127.0.0.1:${statsd}"`
  return `metrics:
  statsd: { udp: ${address}, tcp: ${address} }
  expose: { address: "127.0.0.1:${page}" }
logs: { inputs: [] }
`
}

function exporter(program: string): Contender {
  return {
    name: 'statsd_exporter 0.31',
    start({ statsd, page }, folder) {
      writeFileSync(join(folder, 'mapping.yaml'), 'defaults: { observer_type: histogram }\n')
      return spawn(
        program,
        [
          `--statsd.mapping-config=${folder}/mapping.yaml`,
          `--statsd.listen-tcp=127.0.0.1:${statsd}`,
          `--statsd.listen-udp=127.0.0.1:${statsd}`,
          `--web.listen-address=127.0.0.1:${page}`,
        ],
        { stdio: 'ignore' },
      )
    },
  }
}

/** Lines as a Go service with the Datadog client sends them: 1000 series, tags, counters and timers by turns. */
function packetsOf(lineCount: number): Buffer[] {
  return Array.from({ length: Math.ceil(lineCount / linesPerPacket) }, (_, packet) => {
    const lines = Array.from({ length: linesPerPacket }, (_, line) => {
      const series = ((packet * linesPerPacket + line) * 7919) % seriesCount
      const [name, sample] = line % 2 === 0 ? ['requests', '1|c'] : ['request_time', `${line}.5|ms`]
      return `checkout.${name}:${sample}|#route:/r${series % 50},code:${200 + (series % 20)}\n`
    })
    return Buffer.from(lines.join(''))
  })
}

async function measure(contender: Contender, protocol: Cost['protocol'], packets: readonly Buffer[]): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), 'podmates-bench-'))
  const ports = { statsd: await freePort(), page: await freePort() }
  const child = contender.start(ports, folder)
  const pid = child.pid ?? 0
  try {
    const send = protocol === 'tcp' ? sendStream : sendDatagrams
    // The first tenth warms up: both must know all series before the clock runs.
    await untilUp(ports.page)
    await send(ports.statsd, packets.slice(0, packets.length / 10))
    const before = await settledSamples(ports.page)
    const cpuBefore = cpuTimeOf(pid)
    await send(ports.statsd, packets)
    const counted = (await settledSamples(ports.page)) - before
    const cpu = cpuTimeOf(pid)
    const us = cpu.userUs + cpu.systemUs - cpuBefore.userUs - cpuBefore.systemUs
    const sent = packets.length * linesPerPacket
    const { privateBytes } = memoryOf(pid)
    return {
      name: contender.name,
      protocol,
      usPerLine: us / counted,
      lostLines: Math.round(sent - counted),
      privateBytes,
    }
  } finally {
    child.kill('SIGTERM')
    await once(child, 'exit')
    rmSync(folder, { recursive: true })
  }
}

async function sendStream(port: number, packets: readonly Buffer[]): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.resume()
  for (const packet of packets) if (!socket.write(packet)) await once(socket, 'drain')
  socket.end()
  await once(socket, 'close')
}

/** 64 datagrams at a time with a breath between: about 200,000 lines a second, which leaves both with time to spare. */
async function sendDatagrams(port: number, packets: readonly Buffer[]): Promise<void> {
  const socket = createSocket('udp4')
  for (let from = 0; from < packets.length; from += 64) {
    for (const packet of packets.slice(from, from + 64)) socket.send(packet, port, '127.0.0.1')
    await delay(5)
  }
  await new Promise<void>((resolve) => socket.close(resolve))
}

async function untilUp(page: number): Promise<void> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${page}/metrics`).catch(() => undefined)
    await answer?.body?.cancel()
    if (answer?.ok) return
    await delay(20)
  }
}

/** All samples that the page shows, once their number no longer grows. */
async function settledSamples(page: number): Promise<number> {
  for (let last = -1; ; ) {
    const text = await (await fetch(`http://127.0.0.1:${page}/metrics`)).text()
    const now = [...text.matchAll(/^checkout_(?:requests|request_time_count)\{.*\} (\S+)$/gm)]
    const count = now.reduce((sum, [, value]) => sum + Number(value), 0)
    if (count === last) return count
    last = count
    await delay(200)
  }
}

function report(costs: readonly Cost[], start: StartFigures): string {
  const peer = (protocol: string): Cost | undefined =>
    costs.find((cost) => cost.protocol === protocol && cost.name !== adapter.name)
  const rows = costs.map((cost) => {
    const ratio = cost.usPerLine / (peer(cost.protocol)?.usPerLine ?? cost.usPerLine)
    return `| ${cost.name} | ${cost.protocol} | ${cost.usPerLine.toFixed(2)} us (${ratio.toFixed(2)}x) | ${(1 / cost.usPerLine).toFixed(2)} M | ${cost.lostLines} | ${mebibytes(cost.privateBytes)} |`
  })
  return [
    '| | protocol | processor time per line | lines per second of a core | lost | private memory after |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
    `${linesPerPacket} lines in each packet, ${seriesCount} series. Started after ${start.startMs.toFixed(0)} ms; idle with ${mebibytes(start.privateBytes)} of private memory.`,
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores ${cpus()[0]?.model.trim()}, Node ${process.versions.node}.`,
  ].join('\n')
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`
}

const { values } = parseArgs({
  options: { lines: { type: 'string', default: '1000000' }, write: { type: 'boolean', default: false } },
})
const toolchain = await go()
if (!toolchain.available) console.log(`statsd_exporter is left out: ${toolchain.reason}; ${toolchain.remedy}`)
const contenders = toolchain.available ? [adapter, exporter(await statsdExporter())] : [adapter]
const packets = packetsOf(Number(values.lines))
const costs: Cost[] = []
for (const protocol of ['tcp', 'udp'] as const) {
  for (const contender of contenders) costs.push(await measure(contender, protocol, packets))
}
const start = await measureStart({
  name: 'adapter',
  config: adapterConfig(await freePort(), await freePort()),
  hasAdmin: true,
})
const text = report(costs, start)
console.log(text)
if (values.write) {
  const file = join(import.meta.dirname, '../../../sidecars/adapter/README.md')
  const content = replaceSection(readFileSync(file, 'utf8'), 'bench', text)
  if (content === undefined) throw new Error(`${file} has no place for the figures`)
  writeFileSync(file, content)
}
