/** The grace period is used up by the app: every sidecar still gets two seconds, and has written out what matters by then. */
import { containerStatuses, type KubeObject } from '../../../kube/objects.ts'
import { lastExitMs, lossFact, terminatingMs } from '../end-facts.ts'
import { startExample } from '../example-pod.ts'
import { changedPods, checkoutExample, objectOf, withObject } from '../examples.ts'
import { linesSaying } from '../own-lines.ts'
import type { Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'
import { kindsOf, quoteUrl, startLoad, type Tally, wasBrokenOff } from '../traffic.ts'

/** The app sleeps for 1 s of it, and then waits for answers that take longer than the rest. */
const graceSeconds = 4
const latency = { kind: 'fixed', value: '9s' }
/** The kubelet's own minimum; it rounds to whole seconds on the way. */
const floorMs = 2000
const roundingMs = 1500
/** Of the client, each with one request; on fresh connections, for a client of Go repeats what broke off on a kept one. */
const lanes = 4
const sidecars = ['adapter', 'ambassador', 'config-helper']

export const shortGrace: Scenario = {
  name: 'short-grace',
  title: `the app uses up a grace period of ${graceSeconds} s`,
  play: async (stage) => {
    const { findings } = stage
    const { observed } = await startExample(stage, { checkout: impatientExample() })
    const inventory = await stage.untilReady(await stage.observeAll('inventory'), 3)
    const load = await startLoad(stage, { url: quoteUrl, kept: 0, fresh: lanes, pauseMs: 20 })
    await load.untilRequests(100)
    for (const pod of inventory) await stage.ask(pod, 8081, '/-/behaviour', { method: 'PUT', body: { latency } })
    await load.untilStalled()

    await stage.remove(observed.latest()?.metadata.name ?? '')
    const timeline = await observed.ended(stage.within(60_000))
    const pod = observed.latest()
    const codeOf = (name: string): number | undefined =>
      (pod === undefined ? [] : containerStatuses(pod)).find((each) => each.name === name)?.state?.terminated?.exitCode

    findings.fact(`the app was killed: exit code ${codeOf('checkout')}`, codeOf('checkout') === 137)
    const codes = sidecars.map((name) => `${name} ${codeOf(name)}`)
    findings.fact(
      `every sidecar ended by itself: ${codes.join(', ')}`,
      sidecars.every((name) => codeOf(name) === 0),
    )

    const t0 = Date.parse(timeline.startedAt) + terminatingMs(timeline)
    const signalled = sidecars.map(
      (name) => (linesSaying(observed.lines(name), 'stopping')[0]?.atMs ?? Number.NaN) - t0,
    )
    findings.fact(
      `SIGTERM came to them ${signalled.map((ms) => (ms / 1000).toFixed(2)).join(', ')} s after the deletion, when the grace was used up`,
      signalled.every(isAtTheEnd),
    )
    const tookMs = lastExitMs(timeline) - terminatingMs(timeline)
    findings.fact(
      `over ${(tookMs / 1000).toFixed(2)} s after the deletion: ${graceSeconds} s and the floor of 2 s`,
      tookMs < graceSeconds * 1000 + floorMs + roundingMs,
    )
    lossFact(findings, observed)
    brokenFacts(stage, await load.stop(), t0)
    stage.keepTimeline('short-grace', observed)
  },
}

/** What was under way in the app ends when it is killed, and not before: no sidecar cuts it off. @param t0 of the deletion */
function brokenFacts({ findings }: Stage, { dated }: Tally, t0: number): void {
  const broken = dated.filter(wasBrokenOff)
  const afterMs = broken.map(({ atMs }) => atMs - t0)
  findings.fact(
    `of ${lanes} requests that were under way in the app the client saw ${broken.length} broken off (${kindsOf(broken)}), ${afterMs.map((ms) => (ms / 1000).toFixed(2)).join(', ')} s after the deletion, as the app was killed`,
    broken.length === lanes && afterMs.every((ms) => isAtTheEnd(ms)),
  )
}

/** Around the moment at which the grace is used up. */
const isAtTheEnd = (ms: number): boolean =>
  ms > graceSeconds * 1000 - roundingMs && ms < graceSeconds * 1000 + floorMs + roundingMs

/** The app would wait for its answers, but the Pod has less time. */
function impatientExample(): KubeObject[] {
  const objects = changedPods(checkoutExample(), ({ spec, ...template }) => ({
    ...template,
    spec: {
      ...spec,
      terminationGracePeriodSeconds: graceSeconds,
      containers: spec.containers.map((app) => ({ ...app, lifecycle: { preStop: { sleep: { seconds: 1 } } } })),
    },
  }))
  const configMap: object = {
    ...objectOf(objects, 'ConfigMap', 'checkout-app'),
    data: { 'app.yaml': 'inventory_timeout: 30s\n' },
  }
  return withObject(objects, configMap as KubeObject)
}
