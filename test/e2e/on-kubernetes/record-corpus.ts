/**
 * `npm run e2e -- --record`: plays the Pods of test/pod/corpus on the cluster and writes what its kubelet did into the
 * golden files beside their manifests. Each is played several times: only what held every time is a fact.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { apply } from '../../kube/apply.ts'
import type { Kube } from '../../kube/kube.ts'
import { readObjects, withContainers, withPods, withPullPolicy } from '../../kube/manifest.ts'
import { createNamespace } from '../../kube/namespace.ts'
import type { KubeObject } from '../../kube/objects.ts'
import { type ObservedPod, observePod } from '../../kube/observe-pod.ts'
import type { Case } from '../../pod/corpus/cases.ts'
import { type Facts, factsOf } from '../../pod/corpus/facts.ts'
import { type Golden, goldenOf, writeGolden } from '../../pod/corpus/golden.ts'
import type { Life } from '../../pod/corpus/life.ts'
import { isReached, type Plan } from '../../pod/corpus/plan.ts'
import type { Run } from './run-scenarios.ts'

/** More at once would slow the node down so much that its own latency hides what is to be seen. */
const podsAtOnce = 8
const reachedWithinMs = 120_000
/** So long a deleted Pod may take, or one to end by itself. */
const endedWithinMs = 120_000

/** The middle of the name of the namespace. */
export const recordingPurpose = 'record'

/**
 * @param recordings how often each Pod is played
 * @returns the exit code: 1 when a Pod could not be played, or two recordings had another outcome
 */
export async function recordCorpus(cases: readonly Case[], recordings: number, run: Run): Promise<number> {
  const { kube, clock, options, signal, print } = run
  mkdirSync(options.output, { recursive: true })
  const sinceMs = clock.now()
  const played = new Map<Case, Facts[]>(cases.map((each) => [each, []]))
  const failures = new Map<Case, string>()
  for (let round = 1; round <= recordings && !signal.aborted; round += 1) {
    const staying = cases.filter((each) => !failures.has(each))
    await playRound(staying, round, run, {
      onLife: (each, life) => played.get(each)?.push(factsOf(life)),
      onFailure: (each, why) => failures.set(each, why),
    })
    if (!signal.aborted) print(`recording ${round} of ${recordings}, ${Math.round((clock.now() - sinceMs) / 1000)} s`)
  }
  if (signal.aborted) return 130
  for (const [each, lives] of played) {
    const written = failures.has(each) ? undefined : writeCommon(each, lives, kube.version)
    if (typeof written === 'string') failures.set(each, written)
    const why = failures.get(each)
    print(why === undefined ? `ok   ${each.name}` : `FAIL ${each.name}: ${why}`)
    if (typeof written === 'object')
      for (const time of written.varying ?? []) print(`       no fact, because it varies: ${time}`)
  }
  print(`\n${cases.length - failures.size} Pods recorded on Kubernetes ${kube.version}, ${failures.size} failed`)
  return failures.size === 0 ? 0 : 1
}

interface Listener {
  onLife(each: Case, life: Life): void
  onFailure(each: Case, why: string): void
}

/** In one namespace, which is taken away whatever happens. */
async function playRound(cases: readonly Case[], round: number, run: Run, listener: Listener): Promise<void> {
  await using namespace = await createNamespace(run.kube, recordingPurpose)
  const waiting = [...cases]
  const playWaiting = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && !run.signal.aborted; next = waiting.shift()) {
      try {
        const life = await playOnCluster(next, namespace.name, run)
        writeFileSync(join(run.options.output, `${next.name}.${round}.json`), `${JSON.stringify(life, null, 2)}\n`)
        listener.onLife(next, life)
      } catch (error) {
        listener.onFailure(next, error instanceof Error ? error.message : String(error))
      }
    }
  }
  await Promise.all(Array.from({ length: podsAtOnce }, playWaiting))
}

/** @returns what was written, or why nothing was */
function writeCommon({ goldenFile }: Case, lives: readonly Facts[], version: string): Golden | string {
  try {
    const golden = goldenOf(version, lives)
    writeFileSync(goldenFile, writeGolden(golden))
    return golden
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function playOnCluster({ name, file, text, plan }: Case, namespace: string, run: Run): Promise<Life> {
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
