/** Each sidecar dies of SIGKILL: it comes back, the app is not touched, and nothing but what is said to be lost is. */
import { until } from '../../../conformance/until.ts'
import { containerStatuses, type Pod } from '../../../kube/objects.ts'
import { type ExamplePod, startExample } from '../example-pod.ts'
import { changedPods, checkoutExample } from '../examples.ts'
import { sumOf } from '../exposition.ts'
import { killContainer } from '../kill.ts'
import { appAccount, passageOf } from '../own-lines.ts'
import type { Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'
import { failuresOf, quoteUrl, startLoad } from '../traffic.ts'

/** The adapter notes once a second how far it has read, and a busy node adds to that. */
const checkpointWithinMs = 2000

export const killedSidecar: Scenario = {
  name: 'killed-sidecar',
  title: 'ambassador, config helper and adapter are killed with SIGKILL, one after another',
  play: async (stage) => {
    const { findings } = stage
    const checkout = stage.kill === undefined ? withSharedProcesses() : checkoutExample()
    if (stage.kill === undefined)
      findings.note('shareProcessNamespace is on: another container sends the signal; --kill does without')
    const example = await startExample(stage, { checkout })
    const load = await startLoad(stage, { url: quoteUrl, kept: 2, fresh: 2, pauseMs: 20 })
    await load.untilRequests(50)
    const account = () => appAccount(example.observed.lines('checkout'))

    await killFacts(stage, example, 'ambassador')
    await load.untilRequests(account().requests + 20)
    const failed = account().failed.length
    await killFacts(stage, example, 'config-helper')
    const adapterKilledMs = await killFacts(stage, example, 'adapter')
    await load.untilRequests(account().requests + 50)
    const counted = await sumOf(stage, example.pod, 9102, 'checkout_requests')
    findings.fact(
      `/metrics is back: checkout_requests ${counted}, from 0 on, of ${account().requests} requests in all`,
      counted > 0 && counted < account().requests,
    )
    const tally = await load.stop()
    findings.note(
      `${tally.requests} requests from outside, ${tally.failed} failed while a sidecar was away and the Pod not ready (${failuresOf(tally)})`,
    )

    const quote = JSON.parse(await stage.ask(example.pod, 8080, '/quote?sku=lamp&quantity=2'))
    findings.fact(
      `the app calls through the new ambassador; ${failed} of its calls failed while that was away, and none since`,
      quote.available === true && account().failed.length === failed,
    )
    await passageFacts(stage, example, adapterKilledMs)
    await publishedFacts(stage, example)
    stage.keepTimeline('killed-sidecar', example.observed)
  },
}

function withSharedProcesses() {
  return changedPods(checkoutExample(), ({ spec, ...template }) => ({
    ...template,
    spec: { ...spec, shareProcessNamespace: true },
  }))
}

/** @returns when it was killed, ms by the cluster's clock */
async function killFacts(stage: Stage, { pod, observed }: ExamplePod, victim: string): Promise<number> {
  const before = observed.latest() ?? pod
  const killedMs = await killContainer(stage, observed, victim)
  const after = await observed.until(
    `${victim} to be back`,
    (each) => {
      const status = statusOf(each, victim)
      return status?.restartCount === 1 && status.started === true && status.ready
    },
    stage.within(60_000),
  )
  const status = statusOf(after, victim)
  stage.findings.fact(
    `${victim} ended with ${status?.lastState?.terminated?.exitCode}, was started again and is ready by its probes`,
    status?.lastState?.terminated?.exitCode === 137 && status.started === true,
  )
  const run = observed.lines(victim).find((line) => line.run === 1)
  stage.findings.time('  from the signal to the first line of its new run', (run?.atMs ?? Number.NaN) - killedMs)
  const touched = containerStatuses(after)
    .filter(({ name, containerID }) => name !== victim && containerID !== statusOf(before, name)?.containerID)
    .map(({ name }) => name)
  stage.findings.fact(
    `no other container was touched${touched.length > 0 ? `, but: ${touched.join(', ')}` : ''}`,
    touched.length === 0,
  )
  return killedMs
}

/** README of the adapter: after `kill -9` up to a second of lines comes twice, and none is missing. */
async function passageFacts({ findings }: Stage, { observed }: ExamplePod, killedMs: number): Promise<void> {
  const passage = () => passageOf(observed.lines('checkout'), observed.lines('adapter'))
  // When they do not come in time, the fact below tells how many are missing.
  await until('the last record', async () => passage().missing === 0, 5000).catch(() => undefined)
  const { written, missing, twiceMs } = passage()
  const oldestMs = killedMs - Math.min(killedMs, ...twiceMs)
  findings.fact(
    `of ${written} log lines of the app ${missing} are missing in the output of the two adapters; ${twiceMs.length} came twice, the oldest written ${Math.round(oldestMs)} ms before the kill`,
    written > 0 && missing === 0 && oldestMs < checkpointWithinMs,
  )
}

const statusOf = (pod: Pod, container: string) => containerStatuses(pod).find(({ name }) => name === container)

/** The app loads its file anew: it is still there, the same, and whole. */
async function publishedFacts(stage: Stage, { pod }: ExamplePod): Promise<void> {
  const before = JSON.parse(await stage.ask(pod, 8080, '/-/config'))
  await stage.ask(pod, 8080, '/-/reload', { method: 'POST' })
  const after = JSON.parse(await stage.ask(pod, 8080, '/-/config'))
  stage.findings.fact(
    `the published file is still there and the same: ${String(after.hash).slice(0, 12)}`,
    after.hash === before.hash && !after.error && Date.parse(after.loadedAt) > Date.parse(before.loadedAt),
  )
}
