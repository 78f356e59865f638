/**
 * `npm run e2e`: the scenarios of `on-kubernetes/` on the cluster of the current KUBECONFIG, or with `--record` the
 * Pods of test/pod/corpus.
 */
import { systemClock } from '@podmates/shared/world/clock.ts'
import { connect } from '../kube/kube.ts'
import { KubeTrouble, troubleOf } from '../kube/trouble.ts'
import { watchEndings } from '../pod/cli/endings.ts'
import { readCases } from '../pod/corpus/cases.ts'
import { images, loadImages, puppetImage } from './on-kubernetes/images.ts'
import { type E2eOptions, parseOptions, usage } from './on-kubernetes/options.ts'
import { recordCorpus, recordingPurpose } from './on-kubernetes/record-corpus.ts'
import { purpose, type Run, removeLeftovers, runScenarios } from './on-kubernetes/run-scenarios.ts'
import { scenarios } from './on-kubernetes/scenarios/all.ts'

const cases = readCases()
const parsed = parseOptions(process.argv.slice(2), {
  scenarios: scenarios.map(({ name }) => name),
  pods: cases.map(({ name }) => name),
})

switch (parsed.kind) {
  case 'help':
    console.log(usage)
    break
  case 'list':
    for (const { name, title } of scenarios) console.log(`${name.padEnd(24)} ${title}`)
    break
  case 'mistake':
    console.error(`${parsed.message}\n\n${usage}`)
    process.exitCode = 2
    break
  case 'run':
    // An explicit exit: connections of the client's own pool would hold the process for a while.
    process.exit(await main(parsed.options).catch(giveUp))
}

/** @returns the exit code */
async function main(options: E2eOptions): Promise<number> {
  const clock = systemClock
  const endings = watchEndings(process, { clock })
  const over = new AbortController()
  void endings.asked.then(() => {
    console.log('\nCtrl-C: taking the namespaces away; once more leaves them')
    over.abort(new Error('interrupted'))
  })
  // Nobody reads any more, as in `npm run e2e | head`: what was made is still taken away.
  process.stdout.on('error', (error) => over.abort(error))
  const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined
  const print = (line: string): void => console.log(line)
  const kube = await connect()
  print(`Kubernetes ${kube.version} at ${kube.server}`)
  const run: Run = { kube, options, clock, signal: over.signal, colour, print }
  await removeLeftovers(run, options.record ? recordingPurpose : purpose)
  if (options.load !== undefined) await bringImages(options.load, options.record ? [puppetImage] : images, print)
  if (options.record) {
    const named = cases.filter(({ name }) => options.only.length === 0 || options.only.includes(name))
    return Promise.race([recordCorpus(named, options.recordings, run), endings.insisted.then(() => 130)])
  }
  const chosen = options.only.length === 0 ? scenarios : scenarios.filter(({ name }) => options.only.includes(name))
  return Promise.race([runScenarios(chosen, run), endings.insisted.then(() => 130)])
}

/** What is loaded is built first, so that it is what stands in the checkout. */
async function bringImages(
  command: readonly string[],
  wanted: readonly string[],
  print: (line: string) => void,
): Promise<void> {
  const { docker } = await import('../../tools/setup/docker.ts')
  const engine = await docker()
  if (!engine.available) throw new KubeTrouble(engine.reason, engine.remedy)
  const { buildImages } = await import('../../tools/images.ts')
  await buildImages()
  await loadImages(command, wanted, (image) => print(`loaded ${image}`))
}

/** Two lines for what is no fault of the tests; anything else is one, and shows where it comes from. */
function giveUp(error: unknown): number {
  const trouble = troubleOf(error, 'the API server')
  if (trouble === undefined) console.error(error)
  else console.error(`${trouble.message}\n${trouble.remedy}`)
  return 2
}
