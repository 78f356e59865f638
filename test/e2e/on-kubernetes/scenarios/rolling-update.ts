/** A Deployment is rolled over under load from another Pod, and no client sees a failure. */
import { holds, type KubeObject, type Pod } from '../../../kube/objects.ts'
import type { ObservedPod } from '../../../kube/observe-pod.ts'
import { isOver } from '../../../kube/observed/timeline-of.ts'
import { endFacts, lossFact } from '../end-facts.ts'
import { changedPods, checkoutExample, inventoryExample, objectOf, withObject, withReplicas } from '../examples.ts'
import { appAccount, linesSaying } from '../own-lines.ts'
import type { Scenario } from '../scenario.ts'
import { failuresOf, quoteUrl, startLoad } from '../traffic.ts'

const replicas = 2
const endOrder = ['checkout', 'adapter', 'ambassador', 'config-helper']

export const rollingUpdate: Scenario = {
  name: 'rolling-update',
  title: 'a rolling update under load from another Pod',
  play: async (stage) => {
    const { findings } = stage
    const pods = await stage.observeAll('checkout')
    const objects = twoReplicas(checkoutExample())
    await stage.apply([...inventoryExample({ latency: { kind: 'fixed', value: '20ms' } }), ...objects])
    const before = new Set((await stage.untilReady(pods, replicas)).map(({ metadata }) => metadata.name))

    const load = await startLoad(stage, {
      url: quoteUrl,
      kept: 6,
      fresh: 6,
      pauseMs: 20,
    })
    await load.untilRequests(500)
    const sinceMs = stage.clusterMs()
    await stage.apply([rolledOver(objectOf(objects, 'Deployment', 'checkout'))])
    const isOld = ({ metadata }: Pod): boolean => before.has(metadata.name)
    const after = await pods.until(
      `${replicas} new Pods, and the old ones ended`,
      (all) => {
        const fresh = all.filter((pod) => !isOld(pod) && holds(pod, 'Ready'))
        return fresh.length === replicas && all.filter(isOld).every(isOver) ? fresh : undefined
      },
      stage.within(180_000),
    )
    await stage.measureMemory()
    findings.time('from the change to the end of the last old Pod', stage.clusterMs() - sinceMs)
    const tally = await load.stop()

    findings.fact(
      `${tally.requests} requests, ${tally.failed} failed (${failuresOf(tally)}), ${after.length} new Pods`,
      tally.failed === 0 && tally.requests > 500,
    )
    if (tally.failed > 0) {
      const [first = Number.NaN] = tally.failedAtMs
      const last = tally.failedAtMs.at(-1) ?? first
      findings.note(`requests failed from ${since(first, sinceMs)} to ${since(last, sinceMs)} after the change`)
      for (const each of await pods.all()) findings.note(lifeOf(each, sinceMs))
    }
    const all = await pods.all()
    const old = all.filter((each) => before.has(each.latest()?.metadata.name ?? ''))
    const failed = all.flatMap((each) => appAccount(each.lines('checkout')).failed)
    findings.fact(
      `the apps of all ${all.length} Pods failed ${failed.length} requests`,
      failed.length === 0 && all.length === 2 * replicas,
    )
    for (const each of old) {
      endFacts(findings, each, { order: endOrder, graceMs: 30_000 })
      lossFact(findings, each)
    }
    for (const [at, each] of old.entries()) stage.keepTimeline(`rolling-update-old-${at + 1}`, each)
  },
}

const since = (atMs: number, sinceMs: number): string => `${((atMs - sinceMs) / 1000).toFixed(2)} s`

/** What a failed request can be held against: when a Pod was ready, was deleted and stopped listening. */
function lifeOf(observed: ObservedPod, sinceMs: number): string {
  const { startedAt, entries } = observed.timeline()
  const at = (what: string, atMs: number | undefined): string[] =>
    atMs === undefined ? [] : [`${what} ${since(Date.parse(startedAt) + atMs, sinceMs)}`]
  const stopping = linesSaying(observed.lines('checkout'), 'stopping')[0]
  const times = [
    ...at('ready', entries.find(({ what }) => what === 'podReady')?.atMs),
    ...at('deleted', entries.find(({ what }) => what === 'terminating')?.atMs),
    ...(stopping === undefined ? [] : [`app stopping ${since(stopping.atMs, sinceMs)}`]),
    ...at('over', entries.find(({ what }) => what === 'ended')?.atMs),
  ]
  return `${observed.latest()?.metadata.name}: ${times.join(', ')}`
}

function twoReplicas(objects: readonly KubeObject[]): KubeObject[] {
  return withObject(objects, withReplicas(objectOf(objects, 'Deployment', 'checkout'), replicas))
}

/** What `kubectl rollout restart` does. */
function rolledOver(deployment: KubeObject): KubeObject {
  const [changed] = changedPods([deployment], (template) => {
    const { metadata } = template
    return {
      ...template,
      metadata: { ...metadata, annotations: { ...metadata?.annotations, 'podmates.dev/rolled': 'over' } },
    }
  })
  return changed ?? deployment
}
