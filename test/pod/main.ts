#!/usr/bin/env node
/** `npm run pod`: reads the manifests, starts the Pod, shows its life, and ends with its outcome as exit code. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@podmates/shared/world/clock.ts'
import { chooseDriver } from './cli/driver-choice.ts'
import { watchEndings } from './cli/endings.ts'
import { parseOptions, type RunOptions, usage } from './cli/options.ts'
import { createScreen } from './cli/screen.ts'
import { readManifest } from './manifest/read-manifest.ts'
import { drawPicture } from './picture/picture.ts'
import { startPod } from './start-pod.ts'
import { drawChart } from './timeline/chart.ts'

const root = join(import.meta.dirname, '..', '..')
const parsed = parseOptions(process.argv.slice(2), process.env, process.stdout.isTTY)

switch (parsed.kind) {
  case 'help':
    console.log(usage)
    break
  case 'mistake':
    console.error(`${parsed.message}; see npm run pod -- --help`)
    process.exitCode = 2
    break
  case 'run':
    process.exitCode = await run(parsed.options).catch((error: unknown) => {
      console.error(error instanceof Error ? error.message : error)
      return 2
    })
}

/** @returns the exit code */
async function run(options: RunOptions): Promise<number> {
  const clock = systemClock
  const endings = watchEndings(process, { clock })
  const manifest = readManifest(options.files.map(readFile), options)
  const driver = await chooseDriver(options, manifest.pod, root)
  const screen = createScreen({ colour: options.colour, write: (text) => process.stdout.write(text) })
  const { crashLoopBackOffMaxMs: max } = options
  await using pod = await startPod(manifest, {
    driver,
    clock,
    ...(max !== undefined && { rules: { crashLoopBackOffMaxMs: max } }),
  })

  screen.head(manifest, pod)
  for (const entry of pod.timeline().entries) screen.entry(entry)
  pod.onEntry(screen.entry)
  if (!options.quiet) pod.onLine(screen.line)

  const { graceSeconds } = options
  const terminate = (): void => void pod.terminate(graceSeconds === undefined ? {} : { graceSeconds })
  const cancelTimer = options.forMs === undefined ? () => {} : clock.after(options.forMs, terminate)
  void endings.asked.then(terminate)
  const outcome = await Promise.race([pod.ended, endings.insisted.then(() => 'killed' as const)])
  cancelTimer()
  if (outcome === 'killed') await pod[Symbol.asyncDispose]()

  const timeline = pod.timeline()
  screen.note(`\n${drawChart(timeline, options)}`)
  if (options.timelineFile !== undefined) writeFileSync(options.timelineFile, `${JSON.stringify(timeline, null, 2)}\n`)
  if (options.pictureFile !== undefined) writeFileSync(options.pictureFile, drawPicture(timeline))
  if (endings.hungUp()) return 129
  if (outcome === 'killed') return 130
  return pod.status().phase === 'Succeeded' ? 0 : 1
}

function readFile(file: string): { file: string; text: string } {
  return file === '-' ? { file: 'stdin', text: readFileSync(0, 'utf8') } : { file, text: readFileSync(file, 'utf8') }
}
