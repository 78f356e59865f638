/** An init waiter whose dependency comes late, and one whose dependency never comes. */
import type { ContainerStatus, KubeObject, Pod } from '../../../kube/objects.ts'
import { changedPods, checkoutExample, inventoryExample, objectOf } from '../examples.ts'
import { linesSaying, says } from '../own-lines.ts'
import type { Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'

export const lateDependency: Scenario = {
  name: 'late-dependency',
  title: 'an init waiter whose dependency comes late, or never',
  play: async (stage) => {
    await lateFacts(stage)
    await neverFacts(stage)
  },
}

async function lateFacts(stage: Stage): Promise<void> {
  const { findings } = stage
  const pods = await stage.observeAll('checkout')
  await stage.apply(checkoutExample())
  await pods.until('a Pod', ([pod]) => pod, stage.within(60_000))
  const [observed] = await pods.all()
  if (observed === undefined) throw new Error('the Deployment made no Pod')

  const told = await observed.untilLine('wait', 'not ready yet', says('not ready yet'), stage.within(60_000))
  const standing = observed.latest()
  findings.fact(
    `it says what is missing: ${told.text.match(/"reason":"([^"]*)"/)?.[1]}`,
    /"reason":"[^"]+"/.test(told.text),
  )
  findings.fact(
    `meanwhile the Pod is ${standing?.status?.phase}, and nothing but the waiter has started`,
    standing?.status?.phase === 'Pending' && startedNames(standing).join() === '',
  )
  await stage.apply(inventoryExample())
  const appliedMs = stage.clusterMs()
  await stage.untilReady(pods, 1)
  const ready = linesSaying(observed.lines('wait'), 'all steps are ready')[0]
  findings.fact('once it is there, the Pod becomes ready by itself', ready !== undefined)
  findings.time("from the dependency's creation to the waiter's end", (ready?.atMs ?? Number.NaN) - appliedMs)
  const tries = linesSaying(observed.lines('wait'), 'ready')[0]?.fields.tries
  findings.note(`${tries} tries`)
  stage.keepTimeline('late-dependency', observed)
}

const startedNames = ({ status }: Pod): string[] => {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
  return all.filter(({ name, state }) => name !== 'wait' && state?.waiting === undefined).map(({ name }) => name)
}

const missing = 'http://nowhere:8080/healthz'

/** As a Pod of its own, with a short patience; the kubelet starts the waiter again and again. */
async function neverFacts(stage: Stage): Promise<void> {
  const { findings } = stage
  const observed = await stage.observe('never')
  await stage.apply([impatientPod()])
  const waiter = ({ status }: Pod): ContainerStatus | undefined => status?.initContainerStatuses?.[0]
  const pod = await observed.until(
    'the waiter to give up twice',
    (each) => (waiter(each)?.restartCount ?? 0) >= 1 && waiter(each)?.lastState?.terminated !== undefined,
    stage.within(90_000),
  )
  const { exitCode, message = '' } = waiter(pod)?.lastState?.terminated ?? {}
  findings.fact(
    `never there: the Pod stays ${pod.status?.phase}, the waiter ends with ${exitCode} and is started again`,
    pod.status?.phase === 'Pending' && exitCode === 124 && startedNames(pod).length === 0,
  )
  findings.fact(
    'kubectl describe pod shows what is missing and why',
    message.includes('nowhere:8080') && /ENOTFOUND|not known/.test(message),
  )
  for (const line of message.trim().split('\n')) findings.note(line)
  stage.keepTimeline('never-there', observed)
}

function impatientPod(): KubeObject {
  const [deployment] = changedPods([objectOf(checkoutExample(), 'Deployment', 'checkout')], ({ spec, ...template }) => {
    const initContainers = (spec.initContainers ?? []).map((container) =>
      container.name === 'wait' ? { ...container, args: [missing, '--timeout', '4s'] } : container,
    )
    return { ...template, spec: { ...spec, initContainers } }
  })
  const { spec } = deployment as KubeObject & { readonly spec: { readonly template: { readonly spec: object } } }
  const pod: object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'never' }, spec: spec.template.spec }
  return pod as KubeObject
}
