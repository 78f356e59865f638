/** A Deployment is rolled over under load from another Pod, and no client sees a failure. */
import { holds, type KubeObject, type Pod } from '../../../kube/objects.ts'
import type { ObservedPod } from '../../../kube/observe-pod.ts'
import { isOver } from '../../../kube/observed/timeline-of.ts'
import { endFacts, lossFact } from '../end-facts.ts'
import { changedPods, checkoutExample, inventoryExample, objectOf, withObject, withReplicas } from '../examples.ts'
import { appAccount, linesSaying } from '../own-lines.ts'
import type { Scenario } from '../scenario.ts'
import { observeMembers, type ServiceMembers } from '../service-members.ts'
import type { Stage } from '../stage.ts'
import { kindsOf, quoteUrl, startLoad } from '../traffic.ts'

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
    await using members = await observeMembers(stage, 'checkout')
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

    // The load begins when the Pods are ready, and the node may write the rules of a new Service a moment later.
    const during = tally.dated.filter(({ atMs }) => atMs >= sinceMs)
    const early = tally.dated.length - during.length
    if (early > 0) findings.note(`${early} requests failed before the change, and are none of its matter`)
    findings.fact(
      `${tally.requests} requests, ${during.length} failed since the change (${kindsOf(during)}), ${after.length} new Pods`,
      during.length === 0 && tally.dated.length === tally.failed && tally.requests > 500,
    )
    const all = await pods.all()
    if (during.length > 0) {
      const [first, last] = [during[0], during.at(-1)].map((each) => since(each?.atMs ?? Number.NaN, sinceMs))
      findings.note(`they failed from ${first} to ${last} after the change`)
      for (const each of all) findings.note(lifeOf(each, members, sinceMs))
    }
    const old = all.filter((each) => before.has(each.latest()?.metadata.name ?? ''))
    membershipFacts(stage, old, members)
    const failed = all.flatMap((each) => appAccount(each.lines('checkout')).failed)
    findings.fact(
      `the apps of all ${all.length} Pods failed ${failed.length} requests`,
      failed.length === 0 && all.length === 2 * replicas,
    )
    for (const each of old) {
      endFacts(findings, each, endOrder)
      lossFact(findings, each)
    }
    for (const [at, each] of old.entries()) stage.keepTimeline(`rolling-update-old-${at + 1}`, each)
  },
}

const since = (atMs: number, sinceMs: number): string => `${((atMs - sinceMs) / 1000).toFixed(2)} s`

/** preStop is there for this: the Service has let go of a Pod before its app stops listening. */
function membershipFacts({ findings }: Stage, old: readonly ObservedPod[], members: ServiceMembers): void {
  const margins = old.map((each) => stoppingMs(each) - (members.leftMs(nameOf(each)) ?? Number.NaN))
  findings.fact(
    `the EndpointSlice let go of them ${margins.map((ms) => (ms / 1000).toFixed(2)).join(' and ')} s before the app stopped listening: so long had the nodes to follow`,
    margins.length === replicas && margins.every((ms) => ms > 0),
  )
}

const nameOf = (observed: ObservedPod): string => observed.latest()?.metadata.name ?? ''
const stoppingMs = (observed: ObservedPod): number =>
  linesSaying(observed.lines('checkout'), 'stopping')[0]?.atMs ?? Number.NaN

/** What a failed request can be held against: when a Pod was ready, was deleted, left the Service and stopped listening. */
function lifeOf(observed: ObservedPod, members: ServiceMembers, sinceMs: number): string {
  const { startedAt, entries } = observed.timeline()
  const bornMs = Date.parse(startedAt)
  const atMs = (what: string): number => bornMs + (entries.find((entry) => entry.what === what)?.atMs ?? Number.NaN)
  const times = [
    ['ready', atMs('podReady')],
    ['deleted', atMs('terminating')],
    ['out of the EndpointSlice', members.leftMs(nameOf(observed)) ?? Number.NaN],
    ['app stopping', stoppingMs(observed)],
    ['over', atMs('ended')],
  ] as const
  const known = times.filter(([, ms]) => !Number.isNaN(ms)).map(([what, ms]) => `${what} ${since(ms, sinceMs)}`)
  return `${nameOf(observed)}: ${known.join(', ')}`
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
