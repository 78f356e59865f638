/** One Pod of test/pod/corpus on the cluster, by its plan: its life as the kubelet led it. */
import { apply } from '../../kube/apply.ts'
import type { Kube } from '../../kube/kube.ts'
import { readObjects, withContainers, withPods, withPullPolicy } from '../../kube/manifest.ts'
import type { KubeObject } from '../../kube/objects.ts'
import { type ObservedPod, observePod } from '../../kube/observe-pod.ts'
import type { Case } from '../../pod/corpus/cases.ts'
import type { Life } from '../../pod/corpus/life.ts'
import { isReached, type Plan } from '../../pod/corpus/plan.ts'
import type { Run } from './run-scenarios.ts'

const reachedWithinMs = 120_000
/** So long a deleted Pod may take, or one to end by itself. */
const endedWithinMs = 120_000

/** @throws Error when the Pod does not come to what its plan waits for, or does not end */
export async function playOnCluster({ name, file, text, plan }: Case, namespace: string, run: Run): Promise<Life> {
  const { kube, options, signal } = run
  await using pod = await observePod(kube, namespace, name)
  const objects = restricted(readObjects(text, file))
  const { pullPolicy } = options
  await apply(kube, namespace, pullPolicy === undefined ? objects : withPullPolicy(objects, pullPolicy))
  await carryOut(plan, pod, { ...run, namespace, name })
  const timeline = await pod.ended({ timeoutMs: endedWithinMs, signal })
  const startedMs = Date.parse(timeline.startedAt)
  const lines = pod.sightings().lines.map(({ container, text: line, atMs }) => ({
    container,
    atMs: atMs - startedMs,
    text: line,
  }))
  return { timeline, lines }
}

interface Place extends Run {
  readonly namespace: string
  readonly name: string
}

async function carryOut(plan: Plan, pod: ObservedPod, { kube, clock, signal, namespace, name }: Place): Promise<void> {
  if (plan.kind === 'ends by itself') return
  const { milestone, afterMs, graceSeconds } = plan
  const what = `${milestone.container} ${milestone.what}`
  await pod.until(what, () => isReached(milestone, pod.timeline().entries), { timeoutMs: reachedWithinMs, signal })
  await clock.sleep(afterMs, signal)
  await removePod(kube, `/api/v1/namespaces/${namespace}/pods/${name}`, graceSeconds)
}

async function removePod(kube: Kube, path: string, graceSeconds: number | undefined): Promise<void> {
  const body = { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: graceSeconds }
  await kube.ask(path, { method: 'DELETE', ...(graceSeconds !== undefined && { body }) })
}

/** What Pod Security asks of every container; it stands in no manifest, because it changes no order. */
const restrictions = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
}

function restricted(objects: readonly KubeObject[]): KubeObject[] {
  return withPods(objects, (template) =>
    withContainers(template, (container) => ({ ...container, securityContext: restrictions })),
  )
}
