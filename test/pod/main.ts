#!/usr/bin/env node
/** `npm run pod`: reads the manifests, starts the Pod, shows its life, and ends with its outcome as exit code. */
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@podmates/shared/world/clock.ts'
import { chooseDriver } from './cli/driver-choice.ts'
import { watchEndings } from './cli/endings.ts'
import { parseOptions, type RunOptions, usage } from './cli/options.ts'
import { createScreen } from './cli/screen.ts'
import type { ManifestFile } from './manifest/place.ts'
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
  requireWritable('--timeline', options.timelineFile)
  requireWritable('--picture', options.pictureFile)
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

/** @throws what to do, where the system only says ENOENT */
function readFile(file: string): ManifestFile {
  if (file === '-') return { file: 'stdin', text: readFileSync(0, 'utf8') }
  try {
    return { file, text: readFileSync(file, 'utf8') }
  } catch (error) {
    throw new Error(`expected a manifest, or - for standard input, found ${reasonOf(error)}: ${file}`)
  }
}

/** At the start, since a Pod's life may be long and its timeline is written after it. */
function requireWritable(flag: string, file: string | undefined): void {
  if (file === undefined) return
  try {
    closeSync(openSync(file, 'a'))
  } catch (error) {
    throw new Error(
      `${flag}: expected a file in a folder that exists and can be written, found ${reasonOf(error)}: ${file}`,
    )
  }
}

/** `no such file or directory`, without the code, call and path that the system's message has around it. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return /^[A-Z]+: (.*?)(?:, \w+(?: '.*')?)?$/.exec(text)?.[1] ?? text
}
