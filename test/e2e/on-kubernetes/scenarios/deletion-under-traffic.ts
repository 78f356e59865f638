/** A Pod is deleted while it works: the app finishes, then the sidecars end from last to first, and nothing is lost. */
import { until } from '../../../conformance/until.ts'
import type { ObservedPod } from '../../../kube/observe-pod.ts'
import type { ObservedPods } from '../../../kube/observe-pods.ts'
import { endFacts, lossFact } from '../end-facts.ts'
import { startExample } from '../example-pod.ts'
import { inventoryExample } from '../examples.ts'
import { appAccount, linesSaying } from '../own-lines.ts'
import type { Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'
import { failuresOf, quoteUrl, startLoad, type Tally } from '../traffic.ts'

/** Long enough that requests are under way at any moment. */
const latency = { kind: 'fixed', value: '400ms' }
const endOrder = ['checkout', 'adapter', 'ambassador', 'config-helper']

export const deletionUnderTraffic: Scenario = {
  name: 'deletion-under-traffic',
  title: 'a Pod is deleted under traffic',
  play: async (stage) => {
    const { observed, pods } = await startExample(stage, { inventory: inventoryExample({ latency }) })
    const load = await startLoad(stage, { url: quoteUrl, kept: 6, fresh: 6, pauseMs: 5 })
    await load.untilRequests(100)
    const deletedMs = await stage.remove(observed.latest()?.metadata.name ?? '')
    await observed.ended(stage.within(60_000))
    await workFacts(stage, pods, observed, deletedMs, await load.stop())
    endFacts(stage.findings, observed, endOrder)
    preStopFacts(stage, observed, deletedMs)
    stage.keepTimeline('deletion-under-traffic', observed)
  },
}

/** What becomes of a request that no Pod had taken on: the Deployment has one replica, and the next takes its time. */
const foundNoPod = ['connection refused', 'no connection in time', 'no route to host']

/** Everything that a Pod had taken on it must have answered, and the client must have got it. */
async function workFacts(stage: Stage, pods: ObservedPods, observed: ObservedPod, deletedMs: number, tally: Tally) {
  const { findings } = stage
  const account = appAccount(observed.lines('checkout'))
  findings.fact(
    `of ${account.requests} requests the app answered ${account.requests - account.failed.length} well, ${account.since(deletedMs)} of them after its deletion`,
    account.failed.length === 0 && account.since(deletedMs) > 0,
  )
  if (account.failed.length > 0) findings.note(`the first that failed: ${account.failed[0]}`)
  const stoppingMs = linesSaying(observed.lines('checkout'), 'stopping')[0]?.atMs ?? Number.NaN
  const broken = tally.dated.filter(({ failure }) => !foundNoPod.some((none) => failure.includes(none)))
  findings.fact(
    `the client saw ${broken.length} of its ${tally.requests} requests broken off; those that failed found no Pod (${failuresOf(tally)})`,
    broken.length === 0 && tally.dated.length === tally.failed,
  )
  const early = tally.dated.filter(({ atMs }) => atMs < stoppingMs)
  findings.fact(
    `${early.length} of them failed before the app had its SIGTERM, ${((stoppingMs - deletedMs) / 1000).toFixed(2)} s after the deletion`,
    early.length === 0 && stoppingMs > deletedMs,
  )
  const wellMet = tally.requests - tally.failed
  const answered = async () => {
    const all = await pods.all()
    return all.reduce((sum, each) => sum + appAccount(each.lines('checkout')).requests, 0)
  }
  // When it does not come in time, the fact below tells how many are missing.
  await until('the last line of the next Pod', async () => (await answered()) >= wellMet, 5000).catch(() => undefined)
  const told = await answered()
  findings.fact(`the apps tell of ${told} answers, and the client of ${wellMet}: none was lost`, told === wellMet)
  lossFact(findings, observed)
}

/** preStop runs at the beginning of the end, and only marks the drain. */
function preStopFacts({ findings }: Stage, observed: ObservedPod, deletedMs: number): void {
  const drainMs = linesSaying(observed.lines('ambassador'), 'draining')[0]?.atMs ?? Number.NaN
  const stopMs = linesSaying(observed.lines('ambassador'), 'stopping')[0]?.atMs ?? Number.NaN
  findings.fact(
    `the ambassador's preStop came ${Math.round(drainMs - deletedMs)} ms after the deletion, its SIGTERM ${Math.round(stopMs - drainMs)} ms after that`,
    drainMs < stopMs && drainMs - deletedMs < 3000,
  )
}
