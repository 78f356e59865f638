/** A Deployment is rolled over under load from another Pod, and no client sees a failure. */
import { containerStatuses, holds, type KubeObject, type Pod } from '../../../kube/objects.ts'
import type { ObservedPod } from '../../../kube/observe-pod.ts'
import { isOver } from '../../../kube/observed/timeline-of.ts'
import { changedPods, checkoutExample, inventoryExample, objectOf, withObject, withReplicas } from '../examples.ts'
import { appAccount } from '../own-lines.ts'
import type { Scenario } from '../scenario.ts'
import { failuresOf, quoteUrl, startLoad } from '../traffic.ts'

const replicas = 2

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
    const all = await pods.all()
    const old = all.filter((each) => before.has(each.latest()?.metadata.name ?? ''))
    const failed = all.flatMap((each) => appAccount(each.lines('checkout')).failed)
    findings.fact(
      `the apps of all ${all.length} Pods failed ${failed.length} requests`,
      failed.length === 0 && all.length === 2 * replicas,
    )
    findings.fact(
      `every container of the old Pods ended with 0: ${old.map(codesOf).join(' | ')}`,
      old.every((each) => !/[^0, ]/.test(codesOf(each))),
    )
    for (const [at, each] of old.entries()) stage.keepTimeline(`rolling-update-old-${at + 1}`, each)
  },
}

function codesOf(observed: ObservedPod): string {
  const pod = observed.latest()
  return pod === undefined
    ? '?'
    : containerStatuses(pod)
        .map(({ state }) => state?.terminated?.exitCode ?? '?')
        .join(', ')
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
