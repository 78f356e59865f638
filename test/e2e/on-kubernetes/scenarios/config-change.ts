/** A ConfigMap changes: how long until the app has acknowledged it, and which part of that is the kubelet's. */
import { createHash } from 'node:crypto'
import type { KubeObject } from '../../../kube/objects.ts'
import { type ExamplePod, startExample } from '../example-pod.ts'
import { checkoutExample, objectOf } from '../examples.ts'
import { toldLines } from '../own-lines.ts'
import type { Scenario } from '../scenario.ts'
import type { Stage } from '../stage.ts'

/** The kubelet looks at a Pod's volumes every 60 to 90 s, and keeps a copy of the ConfigMap for up to 60 s more. */
const kubeletWithinMs = 180_000

/** While a Pod starts the kubelet looks at it every second, and a change would be there at once. */
const settledMs = 10_000

export const configChange: Scenario = {
  name: 'config-change',
  title: 'a ConfigMap changes, three times: well, well and at once, and badly',
  play: async (stage) => {
    const example = await startExample(stage)
    const { text, change } = settings()
    const greeting = (words: string): string => text.replace('greeting: welcome', `greeting: ${words}`)

    await stage.pause(settledMs)
    await changeFacts(stage, example, change(greeting('good morning')), 'left to the kubelet')
    await changeFacts(stage, example, change(greeting('good evening')), 'with a change of an annotation', () =>
      annotate(stage, example),
    )
    await refusalFacts(stage, example, change(text.replace('1999', 'many')))
    await stage.measureMemory()
    stage.keepTimeline('config-change', example.observed)
  },
}

interface Change {
  readonly configMap: KubeObject
  readonly hash: string
}

function settings(): { readonly text: string; change(text: string): Change } {
  const configMap = objectOf(checkoutExample(), 'ConfigMap', 'checkout-app') as KubeObject & {
    readonly data: Readonly<Record<string, string>>
  }
  return {
    text: configMap.data['app.yaml'] ?? '',
    change: (text) => {
      const changed: object = { ...configMap, data: { 'app.yaml': text } }
      return { configMap: changed as KubeObject, hash: createHash('sha256').update(text).digest('hex') }
    },
  }
}

/** The line with this `msg` that comes after a moment. */
async function untilSaid(stage: Stage, { observed }: ExamplePod, msgs: readonly string[], sinceMs: number) {
  const line = await observed.untilLine(
    'config-helper',
    msgs.join(' or '),
    (each) => each.atMs > sinceMs && msgs.includes(String(toldLines([each])[0]?.fields.msg)),
    stage.within(kubeletWithinMs),
  )
  const fields = toldLines([line])[0]?.fields ?? {}
  return { atMs: line.atMs, fields, durationMs: Number(fields.duration_ms ?? Number.NaN) }
}

async function changeFacts(
  stage: Stage,
  example: ExamplePod,
  { configMap, hash }: Change,
  how: string,
  hasten: () => Promise<void> = async () => {},
): Promise<void> {
  const { findings } = stage
  const sinceMs = stage.clusterMs()
  await stage.apply([configMap])
  await hasten()
  const published = await untilSaid(stage, example, ['published'], sinceMs)
  const acknowledged = await untilSaid(stage, example, ['acknowledged'], sinceMs)
  const state = JSON.parse(await stage.ask(example.pod, 8080, '/-/config'))
  findings.fact(
    `${how}: published, and the app says of itself that it runs on ${hash.slice(0, 12)}`,
    state.hash === hash && published.atMs <= acknowledged.atMs,
  )
  const kubeletMs = acknowledged.atMs - acknowledged.durationMs - sinceMs
  findings.time(`  the kubelet's part, until the volume in the Pod had changed`, kubeletMs)
  findings.time("  the config helper's, until the app had acknowledged", acknowledged.durationMs)
}

/** Any change of a Pod's own metadata makes the kubelet sync it at once. */
async function annotate(stage: Stage, { pod }: ExamplePod): Promise<void> {
  await stage.kube.ask(`/api/v1/namespaces/${stage.namespace}/pods/${pod.metadata.name}`, {
    method: 'PATCH',
    contentType: 'application/merge-patch+json',
    body: { metadata: { annotations: { 'podmates.dev/sync': `${stage.clusterMs()}` } } },
  })
}

/** A price that is no number: the app refuses it, and goes on with what it had. */
async function refusalFacts(stage: Stage, example: ExamplePod, { configMap, hash }: Change): Promise<void> {
  const before = JSON.parse(await stage.ask(example.pod, 8080, '/-/config'))
  const sinceMs = stage.clusterMs()
  await stage.apply([configMap])
  await annotate(stage, example)
  const told = await untilSaid(stage, example, [...refusals], sinceMs)
  const after = JSON.parse(await stage.ask(example.pod, 8080, '/-/config'))
  const quote = JSON.parse(await stage.ask(example.pod, 8080, '/quote?sku=lamp&quantity=2'))
  stage.findings.fact(
    `a broken file: config-helper says "${told.fields.msg}" (${/answered \d+/.exec(String(told.fields.reason))?.[0]}), the app runs on with the version before`,
    after.hash === before.hash && after.hash !== hash && quote.greeting === 'good evening',
  )
}

const refusals = [
  'version refused, the published one stays',
  'the app did not take the version, rolling back',
  'the app did not take the version, telling it again',
  'the app did not take the version, giving up',
] as const
