/** A Job beside all four sidecars completes by itself, soon after its own container has. */

import { follow } from '../../../kube/follow.ts'
import type { PodTemplate } from '../../../kube/manifest.ts'
import { containerStatuses, holds, type KubeObject } from '../../../kube/objects.ts'
import { isOver } from '../../../kube/observed/timeline-of.ts'
import { lastExitMs } from '../end-facts.ts'
import { checkoutExample, inventoryExample, objectOf, withObject } from '../examples.ts'
import type { Scenario } from '../scenario.ts'
import { restrictedContainer } from '../traffic.ts'

interface Job extends KubeObject {
  readonly status?: {
    readonly succeeded?: number
    readonly failed?: number
    readonly conditions?: readonly { type: string; status: string }[]
  }
}

export const job: Scenario = {
  name: 'job',
  title: 'a Job with all four sidecars completes',
  play: async (stage) => {
    const { findings } = stage
    const pods = await stage.observeAll('checkout')
    await using jobs = await follow<Job>(stage.kube, `/apis/batch/v1/namespaces/${stage.namespace}/jobs`)
    await stage.apply([...inventoryExample(), ...asJob(checkoutExample())])
    const [done] = await Promise.all([
      jobs.until(
        'the Job to end',
        ([each]) => (each?.status?.conditions?.some(isEnd) ? each : undefined),
        stage.within(180_000),
      ),
      pods.until('its Pod to end', ([pod]) => (pod && isOver(pod) ? pod : undefined), stage.within(180_000)),
    ])
    const [observed] = await pods.all()
    if (observed === undefined) throw new Error('the Job made no Pod')
    const timeline = await observed.ended(stage.within(60_000))

    const { succeeded = 0, failed = 0, conditions = [] } = done.status ?? {}
    const ends = conditions.filter(isEnd).map(({ type }) => type)
    findings.fact(
      `the Job ended as ${ends.join(', ')}: ${succeeded} succeeded, ${failed} failed`,
      ends.join() === 'Complete' && succeeded === 1 && failed === 0,
    )
    const pod = observed.latest()
    const statuses = pod === undefined ? [] : containerStatuses(pod)
    const codes = statuses.map(({ state }) => state?.terminated?.exitCode ?? Number.NaN)
    findings.fact(`exit codes ${codes.join(', ')}`, codes.length === 5 && codes.every((code) => code === 0))
    const restarts = statuses.reduce((sum, { restartCount }) => sum + restartCount, 0)
    findings.fact(`${restarts} restarts, which would count toward backoffLimit`, restarts === 0)
    const appMs =
      timeline.entries.find((entry) => entry.what === 'exited' && entry.container === 'job')?.atMs ?? Number.NaN
    const tookMs = lastExitMs(timeline) - appMs
    findings.fact(
      `the last sidecar had ended ${(tookMs / 1000).toFixed(1)} s after the job's own container`,
      tookMs < 5000,
    )
    findings.fact(
      `phase ${pod?.status?.phase}, initialized ${pod !== undefined && holds(pod, 'Initialized')}`,
      pod?.status?.phase === 'Succeeded',
    )
    stage.keepTimeline('job', observed)
  },
}

const isEnd = ({ type, status }: { type: string; status: string }): boolean =>
  status === 'True' && (type === 'Complete' || type === 'Failed')

/** The example's Pod with another app: one that calls through the ambassador for three seconds and exits 0. */
function asJob(objects: readonly KubeObject[]): KubeObject[] {
  const { spec, metadata } = objectOf(objects, 'Deployment', 'checkout') as KubeObject & {
    readonly spec: { readonly template: PodTemplate }
  }
  const container = {
    name: 'job',
    image: 'podmates/load:dev',
    args: ['-url', 'http://127.0.0.1:15010/v1/stock/lamp', '-for', '3s'],
    securityContext: restrictedContainer,
  }
  const template = {
    ...spec.template,
    spec: { ...spec.template.spec, restartPolicy: 'Never', containers: [container] },
  }
  const jobObject = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata,
    spec: { backoffLimit: 0, template },
  } as unknown as KubeObject
  const configMap = objectOf(objects, 'ConfigMap', 'checkout-podmates') as KubeObject & {
    readonly data: Readonly<Record<string, string>>
  }
  const quiet = { ...configMap, data: { ...configMap.data, 'config-helper.yaml': withoutReload } } as KubeObject
  return [...withObject(objects, quiet).filter(({ kind }) => kind !== 'Deployment' && kind !== 'Service'), jobObject]
}

/** A job has nobody to tell of a change. */
const withoutReload = `sources:
  app: { dir: /sources/app }
outputs:
  app: { dir: /config }
`
