/**
 * From the swap of a ConfigMap's `..data` until a reader finds the new file in the output: the config helper, which
 * checks, syncs and flips a whole generation, against the bare watcher, which copies. And what a start costs.
 *
 *   node test/bench/config-helper/swap-to-published.bench.ts [--swaps 100] [--write]
 *
 * With --write the figures go into the sidecar's README, with the machine and the date.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { atomicWriter } from '@podmates/shared/testing/atomic-writer.ts'
import { replaceSection } from '../../../tools/docs/marked-section.ts'
import { median } from '../process-figures.ts'
import { bundleCommand, measureStart, type StartFigures } from '../start.ts'

interface Contender {
  readonly name: string
  start(source: string, output: string): ChildProcess
  /** What it prints once it watches. */
  readonly ready: string
}

/** What kind of emptyDir the output is, and a folder of that kind here. */
const places = [
  { medium: 'disk', folder: tmpdir() },
  { medium: 'memory', folder: '/dev/shm' },
] as const

type Place = (typeof places)[number]

interface Latency {
  readonly name: string
  readonly medium: string
  readonly medianMs: number
  readonly p95Ms: number
}

/** A ConfigMap changes once in a while, not in a row: longer than the rest that a watch takes after each look. */
const betweenSwapsMs = 200

/** Without debounce: its 500 ms would hide everything else. */
const config = (source: string, output: string): string =>
  `sources: { app: { dir: ${source} } }\noutputs: { app: { dir: ${output}, debounce: { quiet: 0 } } }\n`

const helper: Contender = {
  name: 'config-helper',
  ready: '"msg":"started"',
  start: (source, output) => {
    const file = join(output, '../config-helper.yaml')
    writeFileSync(file, config(source, output))
    const [program, ...args] = bundleCommand('config-helper')
    return spawn(program, [...args, 'run', '--config', file, '--admin', '127.0.0.1:0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  },
}

const bareWatcher: Contender = {
  name: 'bare watcher',
  ready: 'watching',
  start: (source, output) =>
    spawn(process.execPath, [join(import.meta.dirname, 'bare-watcher.ts'), source, output], {
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
}

async function measure(contender: Contender, place: Place, swaps: number): Promise<Latency> {
  const folder = mkdtempSync(join(place.folder, 'podmates-bench-'))
  const [source, output] = [join(folder, 'source'), join(folder, 'output')]
  mkdirSync(source)
  mkdirSync(output)
  let swappedMs = 0
  const configMap = atomicWriter(source, {
    onStep: (step) => {
      if (step === 'swapped') swappedMs = performance.now()
    },
  })
  await configMap.write({ 'app.yaml': 'version: 0\n' })
  const child = contender.start(source, output)
  try {
    await printed(child, contender.ready)
    const latenciesMs: number[] = []
    for (let version = 1; version <= swaps; version += 1) {
      await new Promise((resolve) => setTimeout(resolve, betweenSwapsMs))
      const text = `version: ${version}\n`
      await configMap.write({ 'app.yaml': text })
      latenciesMs.push((await foundMs(join(output, 'app.yaml'), text)) - swappedMs)
    }
    const sorted = latenciesMs.toSorted((a, b) => a - b)
    const p95Ms = sorted[Math.floor(swaps * 0.95)] ?? Number.NaN
    return { name: contender.name, medium: place.medium, medianMs: median(sorted), p95Ms }
  } finally {
    child.kill('SIGTERM')
    await once(child, 'exit')
    rmSync(folder, { recursive: true })
  }
}

function printed(child: ChildProcess, text: string): Promise<void> {
  let output = ''
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the process ended with exit code ${code}`)))
    child.stdout?.on('data', (data) => {
      output += String(data)
      if (output.includes(text)) resolve()
    })
  })
}

/** Reads until the text is there: what a reader with its eyes on the file would see. @returns when, monotonic ms */
async function foundMs(file: string, text: string): Promise<number> {
  for (;;) {
    if (readOrNothing(file) === text) return performance.now()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // the bare watcher has published nothing before the first swap
  }
}

interface Pair {
  readonly ours: Latency
  readonly theirs: Latency
}

function report(pairs: readonly Pair[], start: StartFigures): string {
  const row = ({ name, medium, medianMs, p95Ms }: Latency, yardstick: Latency): string =>
    `| ${name}, ${medium} | ${medianMs.toFixed(1)} ms | ${(medianMs / yardstick.medianMs).toFixed(1)}x | ${p95Ms.toFixed(1)} ms |`
  return [
    '| swap to published, without debounce | median | ratio | p95 |',
    '|---|---|---|---|',
    ...pairs.flatMap(({ ours, theirs }) => [row(ours, theirs), row(theirs, theirs)]),
    '',
    `Started after ${start.startMs.toFixed(0)} ms; idle with ${(start.privateBytes / 1024 ** 2).toFixed(1)} MiB of private memory.`,
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores ${cpus()[0]?.model.trim()}, Node ${process.versions.node}.`,
  ].join('\n')
}

const { values } = parseArgs({
  options: { swaps: { type: 'string', default: '100' }, write: { type: 'boolean', default: false } },
})
const swaps = Number(values.swaps)
const pairs: Pair[] = []
for (const place of places) {
  pairs.push({ theirs: await measure(bareWatcher, place, swaps), ours: await measure(helper, place, swaps) })
}

const folder = mkdtempSync(join(tmpdir(), 'podmates-bench-'))
const [source, output] = [join(folder, 'source'), join(folder, 'output')]
for (const each of [source, output]) mkdirSync(each)
writeFileSync(join(source, 'app.yaml'), 'greeting: hello\n')
const start = await measureStart({ name: 'config-helper', config: config(source, output), hasAdmin: true })
rmSync(folder, { recursive: true })

const text = report(pairs, start)
console.log(text)
if (values.write) {
  const file = join(import.meta.dirname, '../../../sidecars/config-helper/README.md')
  const content = replaceSection(readFileSync(file, 'utf8'), 'bench', text)
  if (content === undefined) throw new Error(`${file} has no place for the figures`)
  writeFileSync(file, content)
}
