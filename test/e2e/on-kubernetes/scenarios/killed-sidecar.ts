/** A sidecar dies of SIGKILL: it comes back, the app is not touched, and what was published stays. */
import { containerStatuses, type Pod } from '../../../kube/objects.ts'
import { type ExamplePod, startExample } from '../example-pod.ts'
import { changedPods, checkoutExample } from '../examples.ts'
import { killContainer } from '../kill.ts'
import { appAccount } from '../own-lines.ts'
import type { Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'
import { failuresOf, quoteUrl, startLoad } from '../traffic.ts'

export const killedSidecar: Scenario = {
  name: 'killed-sidecar',
  title: 'the ambassador and the config helper are killed with SIGKILL',
  play: async (stage) => {
    const { findings } = stage
    const checkout = stage.kill === undefined ? withSharedProcesses() : checkoutExample()
    if (stage.kill === undefined)
      findings.note('shareProcessNamespace is on: another container sends the signal; --kill does without')
    const example = await startExample(stage, { checkout })
    const load = await startLoad(stage, { url: quoteUrl, kept: 2, fresh: 2, pauseMs: 20 })
    await load.untilRequests(50)

    await killFacts(stage, example, 'ambassador')
    await killFacts(stage, example, 'config-helper')
    await load.untilRequests(appAccount(example.observed.lines('checkout')).requests + 50)
    const tally = await load.stop()
    findings.note(
      `${tally.requests} requests from outside, ${tally.failed} failed while the ambassador was away (${failuresOf(tally)})`,
    )

    const before = appAccount(example.observed.lines('checkout')).failed.length
    const quote = JSON.parse(await stage.ask(example.pod, 8080, '/quote?sku=lamp&quantity=2'))
    const after = appAccount(example.observed.lines('checkout')).failed.length
    findings.fact('the app calls through the new ambassador', quote.available === true && before === after)
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

async function killFacts(stage: Stage, { pod, observed }: ExamplePod, victim: string): Promise<void> {
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
