/** Where one scenario plays: a namespace of its own on the cluster, and what it needs to look at its Pods. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '@podmates/shared/world/clock.ts'
import { apply, applyOne } from '../../kube/apply.ts'
import { type Followed, follow, type UntilOptions } from '../../kube/follow.ts'
import type { AskOptions, Kube } from '../../kube/kube.ts'
import { type PullPolicy, withPullPolicy } from '../../kube/manifest.ts'
import { holds, type KubeEvent, type KubeObject, type Pod } from '../../kube/objects.ts'
import { type ObservedPod, observePod } from '../../kube/observe-pod.ts'
import { type ObservedPods, observePods } from '../../kube/observe-pods.ts'
import type { Findings } from './findings.ts'
import { type MemoryPeaks, workingSets } from './memory.ts'

export interface StageOptions {
  readonly pullPolicy?: PullPolicy
  /** @see E2eOptions */
  readonly kill?: readonly string[]
  /** Folder of the timelines. */
  readonly output: string
  readonly clock: Clock
  /** Ends everything that waits. */
  readonly signal: AbortSignal
  readonly findings: Findings
  readonly onMemory: (peaks: MemoryPeaks) => void
}

export interface Stage extends AsyncDisposable {
  readonly kube: Kube
  readonly namespace: string
  readonly findings: Findings
  readonly kill?: readonly string[]
  readonly pullPolicy?: PullPolicy
  /** Rejects when the cluster refuses to let a controller make a Pod. */
  readonly refused: Promise<never>
  apply(objects: readonly KubeObject[]): Promise<void>
  /** What the API server would make of an object that is applied, without doing it. */
  preview<Whole>(object: KubeObject): Promise<Whole>
  /** Watches a Pod that need not be there yet. */
  observe(pod: string): Promise<ObservedPod>
  /** Watches the Pods of a workload, by the label `app.kubernetes.io/name`. */
  observeAll(app: string): Promise<ObservedPods>
  /** Resolves with the Pods when so many are there, and all are ready. @throws soon when they cannot become so */
  untilReady(pods: ObservedPods, count: number): Promise<readonly Pod[]>
  /** Times of all that is waited for. */
  within(timeoutMs: number): UntilOptions
  /** A request to a port of a Pod through the API server, which comes from outside the Pod. */
  ask(pod: Pod, port: number, path: string, options?: AskOptions): Promise<string>
  /** Lets time go by in the cluster, where nothing tells that it has come to rest. */
  pause(ms: number): Promise<void>
  /** The cluster's date, ms since the epoch. */
  clusterMs(): number
  /** Deletes a Pod without waiting. @returns when the API server had answered, ms by the cluster's clock */
  remove(pod: string): Promise<number>
  /** Notes the working sets as the kubelet last measured them. */
  measureMemory(): Promise<void>
  /** Writes the timeline of a Pod to the output folder. */
  keepTimeline(name: string, pod: ObservedPod): void
}

const readyWithinMs = 180_000

export async function openStage(kube: Kube, namespace: string, options: StageOptions): Promise<Stage> {
  const { signal, findings, output, pullPolicy, kill, clock } = options
  const base = `/api/v1/namespaces/${namespace}`
  const owned = new AsyncDisposableStack()
  const events: Followed<KubeEvent> = owned.use(await follow(kube, `${base}/events`))
  const refused = refusals(events)
  const asPulled = (objects: readonly KubeObject[]): readonly KubeObject[] =>
    pullPolicy === undefined ? objects : withPullPolicy(objects, pullPolicy)
  const clusterMs = (): number => clock.wall() + kube.skewMs
  const within = (timeoutMs: number): UntilOptions => ({ timeoutMs, signal })

  return {
    kube,
    namespace,
    findings,
    ...(kill !== undefined && { kill }),
    ...(pullPolicy !== undefined && { pullPolicy }),
    refused,
    within,
    clusterMs,
    pause: (ms) => clock.sleep(ms, signal),
    apply: (objects) => apply(kube, namespace, asPulled(objects)),
    preview: async <Whole>(object: KubeObject) => {
      const [asked = object] = asPulled([object])
      return applyOne<Whole>(kube, namespace, asked, { dryRun: 'All' })
    },
    observe: async (pod) => owned.use(await observePod(kube, namespace, pod)),
    observeAll: async (app) => owned.use(await observePods(kube, namespace, `app.kubernetes.io/name=${app}`)),
    untilReady: (pods, count) =>
      Promise.race([refused, pods.until(`${count} ready Pods`, (all) => allReady(all, count), within(readyWithinMs))]),
    ask: ({ metadata: { name } }, port, path, asked) => kube.ask(`${base}/pods/${name}:${port}/proxy${path}`, asked),
    remove: async (pod) => {
      await kube.ask(`${base}/pods/${pod}`, { method: 'DELETE' })
      return clusterMs()
    },
    measureMemory: async () => {
      const pods = await kube.askJson<{ items: readonly Pod[] }>(`${base}/pods`)
      const nodes = new Set(pods.items.map(({ spec }) => spec.nodeName).filter((node) => node !== undefined))
      const peaks = await workingSets(kube, namespace, [...nodes])
      if (peaks === undefined) findings.note('memory not measured: this user may not ask the nodes')
      else options.onMemory(peaks)
    },
    keepTimeline: (name, pod) => {
      mkdirSync(output, { recursive: true })
      const file = join(output, `${name}.json`)
      writeFileSync(file, `${JSON.stringify(pod.timeline(), null, 2)}\n`)
      findings.file(file)
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Pods that a controller may not make (Pod Security, a quota) never appear; only an event tells of it. */
function refusals(events: Followed<KubeEvent>): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  promise.catch(() => {})
  events.onChange(({ reason, message }) => {
    if (reason === 'FailedCreate') reject(new Error(`the cluster refuses the Pod: ${message}`))
  })
  return promise
}

function allReady(pods: readonly Pod[], count: number): readonly Pod[] | undefined {
  const staying = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  return staying.length === count && staying.every((pod) => holds(pod, 'Ready')) ? staying : undefined
}
