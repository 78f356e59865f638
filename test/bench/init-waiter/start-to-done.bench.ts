/**
 * From the start of the process to its end, beside dependencies that are ready: what the init waiter adds to
 * the start of every Pod. Against wait-on, the most used waiter of npm, in the same run.
 *
 *   node test/bench/init-waiter/start-to-done.bench.ts [--runs 20] [--write]
 *
 * With --write the figures go into the sidecar's README, with the machine and the date.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { replaceSection } from '../../../tools/docs/marked-section.ts'
import { cacheFolder } from '../../../tools/setup/cache-folder.ts'
import { madeOnce } from '../../../tools/setup/made-once.ts'
import { mustRun } from '../../../tools/setup/run-program.ts'
import { median } from '../process-figures.ts'
import { bundleCommand, measureStart, type StartFigures } from '../start.ts'

interface Contender {
  readonly name: string
  command(port: number): [program: string, ...args: string[]]
}

interface Figures {
  readonly name: string
  readonly medianMs: number
  readonly slowestMs: number
}

const waitOnVersion = '9.0.1'

const initWaiter: Contender = {
  name: 'init-waiter',
  command: (port) => [...bundleCommand('init-waiter'), `tcp://127.0.0.1:${port}`, `http://127.0.0.1:${port}/healthz`],
}

/** Installed from npm into .cache, once. */
async function waitOn(): Promise<Contender> {
  const folder = join(cacheFolder, 'bench', 'wait-on')
  await madeOnce(folder, waitOnVersion, async (draft) => {
    await mustRun('npm', ['install', '--prefix', draft, '--no-audit', '--no-fund', `wait-on@${waitOnVersion}`])
  })
  const program = join(folder, 'node_modules', 'wait-on', 'bin', 'wait-on')
  return {
    name: `wait-on ${waitOnVersion}`,
    command: (port) => [process.execPath, program, `tcp:127.0.0.1:${port}`, `http-get://127.0.0.1:${port}/healthz`],
  }
}

async function measure(contender: Contender, port: number, runs: number): Promise<Figures> {
  const timesMs: number[] = []
  for (let run = 0; run < runs; run += 1) {
    const [program, ...args] = contender.command(port)
    const sinceMs = performance.now()
    const [code] = await once(spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] }), 'exit')
    if (code !== 0) throw new Error(`${contender.name} ended with exit code ${code}`)
    timesMs.push(performance.now() - sinceMs)
  }
  return { name: contender.name, medianMs: median(timesMs), slowestMs: Math.max(...timesMs) }
}

function report(figures: readonly Figures[], { privateBytes }: StartFigures): string {
  const reference = figures.at(-1)?.medianMs ?? Number.NaN
  const rows = figures.map(
    ({ name, medianMs, slowestMs }) =>
      `| ${name} | ${medianMs.toFixed(0)} ms (${(medianMs / reference).toFixed(2)}x) | ${slowestMs.toFixed(0)} ms |`,
  )
  return [
    '| | start to done | slowest |',
    '|---|---|---|',
    ...rows,
    '',
    `A tcp and an http target of this machine, both ready. While it waits: ${(privateBytes / 1024 ** 2).toFixed(1)} MiB of private memory.`,
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores ${cpus()[0]?.model.trim()}, Node ${process.versions.node}.`,
  ].join('\n')
}

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '20' }, write: { type: 'boolean', default: false } },
})
const server = createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
const figures: Figures[] = []
for (const contender of [initWaiter, await waitOn()]) figures.push(await measure(contender, port, Number(values.runs)))
server.close()
const waiting = await measureStart({
  name: 'init-waiter',
  config: 'steps: { never: { wait: "tcp://127.0.0.1:1" } }\n',
  hasAdmin: false,
})
const text = report(figures, waiting)
console.log(text)
if (values.write) {
  const file = join(import.meta.dirname, '../../../sidecars/init-waiter/README.md')
  const content = replaceSection(readFileSync(file, 'utf8'), 'bench', text)
  if (content === undefined) throw new Error(`${file} has no place for the figures`)
  writeFileSync(file, content)
}
