/** The Kustomize components, added to a Deployment that is there and knows nothing of them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { kustomize } from '../../../../tools/setup/kustomize.ts'
import { mustRun, runProgram } from '../../../../tools/setup/run-program.ts'
import { readObjects } from '../../../kube/manifest.ts'
import { holds, type KubeObject, type Pod } from '../../../kube/objects.ts'
import { changedPaths } from '../changed-paths.ts'
import { inventoryExample, objectOf } from '../examples.ts'
import type { Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'

const folder = join(import.meta.dirname, '..', '..', '..', '..', 'k8s', 'examples', 'components')
const inOrder = ['init-waiter', 'config-helper', 'ambassador', 'adapter', 'web']
const replicas = 2

/** What k8s/README.md promises to add, as paths in the Deployment. */
const promised = [
  'spec.template.spec.containers.0.volumeMounts',
  'spec.template.spec.initContainers',
  'spec.template.spec.terminationGracePeriodSeconds',
  'spec.template.spec.volumes',
]
/** The one line that goes: the default, in place of which stands the sum of what app and sidecars need. */
const promisedToGo = /^-\s+terminationGracePeriodSeconds: 30$/

export const components: Scenario = {
  name: 'components',
  title: 'the Kustomize components, added to a Deployment that knows nothing of them',
  play: async (stage) => {
    const { findings } = stage
    const pods = await stage.observeAll('web')
    const plain = readObjects(readFileSync(join(folder, 'deployment.yaml'), 'utf8'), 'deployment.yaml')
    const whole = readObjects(await mustRun(await kustomize(), ['build', folder]), 'k8s/examples/components')
    await stage.apply([...inventoryExample(), ...plain])
    await diffFacts(stage, objectOf(whole, 'Deployment', 'web'))
    await stage.apply(whole)
    const withAll = await Promise.race([
      stage.refused,
      pods.until(`${replicas} ready Pods with sidecars`, readyWithAll, stage.within(180_000)),
    ])

    const names = new Set(withAll.map(({ metadata }) => metadata.name))
    const observed = (await pods.all()).filter((each) => names.has(each.latest()?.metadata.name ?? ''))
    const orders = observed.map((each) =>
      each.timeline().entries.flatMap((entry) => (entry.what === 'running' ? [entry.container] : [])),
    )
    findings.fact(
      `${orders.length} Pods started in the order of the patch: ${orders[0]?.join(', ')}`,
      orders.length === replicas && orders.every((order) => order.join() === inOrder.join()),
    )
    const quotes = await Promise.all(withAll.map((pod) => stage.ask(pod, 8080, '/quote?sku=lamp&quantity=2')))
    findings.fact(
      'each app calls through its ambassador',
      quotes.length === replicas && quotes.every((quote) => JSON.parse(quote).available === true),
    )
    const greetings = quotes.map((quote) => JSON.parse(quote).greeting)
    findings.fact(
      `and runs on the published file: "${greetings.join('", "')}"`,
      greetings.every((each) => each === 'welcome'),
    )
    await stage.measureMemory()
    for (const each of observed.slice(0, 1)) stage.keepTimeline('components', each)
  },
}

function readyWithAll(pods: readonly Pod[]): readonly Pod[] | undefined {
  const ready = pods.filter((pod) => pod.spec.initContainers?.length === inOrder.length - 1 && holds(pod, 'Ready'))
  return ready.length === replicas ? ready : undefined
}

/** What the API server would make of the Deployment, and what kubectl shows of that where it is installed. */
async function diffFacts({ kube, namespace, findings, preview }: Stage, deployment: KubeObject): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/web`
  const before = await kube.askJson<{ spec: unknown }>(path)
  const after = await preview<{ spec: unknown }>(deployment)
  const changed = changedPaths({ spec: before.spec }, { spec: after.spec }).sort()
  findings.fact(
    `they change of it: ${changed.map((each) => each.replace('spec.template.spec.', '')).join(', ')}`,
    changed.join() === promised.join(),
  )

  const { code, stdout, stderr } = await runProgram('kubectl', ['diff', '--namespace', namespace, '-k', folder])
  if (code === 127) return findings.note('kubectl is not installed: its own diff was not looked at')
  const lines = stdout.split('\n').filter((line) => /^[+-](?![+-]{2} )/.test(line))
  const removed = lines.filter((line) => line.startsWith('-') && !/^-\s+generation: /.test(line))
  findings.fact(
    `kubectl diff shows ${lines.length - removed.length} added lines and ${removed.length} removed ones${removed.map((line) => ` (${line.trim()})`).join('')}${code > 1 ? `: ${stderr.trim()}` : ''}`,
    code === 1 && removed.length === 1 && removed.every((line) => promisedToGo.test(line)),
  )
}
