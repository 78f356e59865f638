/** Plays scenarios one after another, each in a namespace of its own that is taken away whatever happens. */
import type { Clock } from '@podmates/shared/world/clock.ts'
import type { Kube } from '../../kube/kube.ts'
import { createNamespace, findLeftovers, type OwnNamespace, removeNamespace } from '../../kube/namespace.ts'
import type { KubeEvent, ListOf } from '../../kube/objects.ts'
import { KubeTrouble, troubleOf } from '../../kube/trouble.ts'
import { collectFindings, hasPassed, type Outcome } from './findings.ts'
import { higherOf, type MemoryPeaks } from './memory.ts'
import type { E2eOptions } from './options.ts'
import { findingLine, outcomeLines, summaryLines, titleLine } from './report.ts'
import type { Scenario } from './scenario.ts'
import { openStage } from './stage.ts'

export interface Run {
  readonly kube: Kube
  readonly options: E2eOptions
  readonly clock: Clock
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  readonly colour: boolean
  print(line: string): void
}

/** The middle of the name of every namespace, and the value of its label. */
export const purpose = 'e2e'

/** @returns the exit code @throws KubeTrouble when the first namespace cannot be made */
export async function runScenarios(scenarios: readonly Scenario[], run: Run): Promise<number> {
  const { kube, options, signal, print } = run
  const outcomes: Outcome[] = []
  const removals: Promise<void>[] = []
  let peaks: MemoryPeaks = {}
  let why: string | undefined
  for (const [at, scenario] of scenarios.entries()) {
    if (signal.aborted || why !== undefined) break
    print(titleLine(at + 1, scenario.name, scenario.title, run))
    const namespace = await createNamespace(kube, purpose)
    const outcome = await playOne(scenario, namespace, run, (seen) => {
      peaks = higherOf(peaks, seen)
    })
    outcomes.push(outcome)
    for (const line of outcomeLines(outcome, run)) print(line)
    why = reasonToGiveUp(outcome, kube.server)
    if (options.keep) print(`        kept: kubectl get all --namespace ${namespace.name}`)
    else removals.push(namespace.remove())
  }
  const removed = await Promise.allSettled(removals)
  for (const each of removed) if (each.status === 'rejected') print(`not removed: ${each.reason}`)
  const notRun = scenarios.slice(outcomes.length).map(({ name }) => name)
  for (const line of summaryLines(outcomes, peaks, { notRun, ...(why !== undefined && { why }) })) print(line)
  if (signal.aborted) return 130
  return outcomes.every(hasPassed) && notRun.length === 0 ? 0 : 1
}

async function playOne(
  scenario: Scenario,
  { name: namespace }: OwnNamespace,
  { kube, options, clock, signal, colour, print }: Run,
  onMemory: (peaks: MemoryPeaks) => void,
): Promise<Outcome> {
  const sinceMs = clock.now()
  const findings = collectFindings((finding) => print(findingLine(finding, { colour })))
  const { output, pullPolicy, kill } = options
  const play = async (): Promise<void> => {
    await using stage = await openStage(kube, namespace, {
      output,
      clock,
      signal,
      findings,
      onMemory,
      ...(pullPolicy !== undefined && { pullPolicy }),
      ...(kill !== undefined && { kill }),
    })
    await scenario.play(stage)
  }
  const error = await play().then(
    () => undefined,
    (cause: unknown) => withWarnings(kube, namespace, cause),
  )
  const outcome = { name: scenario.name, findings: findings.all, tookMs: clock.now() - sinceMs }
  return error === undefined ? outcome : { ...outcome, error: await error }
}

/** What the cluster itself complained of is often the reason. */
async function withWarnings(kube: Kube, namespace: string, cause: unknown): Promise<Error> {
  const message = cause instanceof Error ? cause.message : String(cause)
  const warnings = await kube
    .askJson<ListOf<KubeEvent>>(`/api/v1/namespaces/${namespace}/events`, { query: { fieldSelector: 'type=Warning' } })
    .then(({ items }) => [...new Set(items.map((event) => `${event.reason}: ${event.message}`))].slice(-3))
    .catch((error: unknown) => [`its events cannot be read: ${error instanceof Error ? error.message : error}`])
  return new Error([message, ...warnings.map((warning) => `        the cluster says ${warning}`)].join('\n'), { cause })
}

/** What would befall every other scenario too. */
function reasonToGiveUp({ error }: Outcome, server: string): string | undefined {
  if (error === undefined) return undefined
  if (/ErrImageNeverPull|ImagePullBackOff/.test(error.message)) return 'an image is missing'
  return error.cause instanceof KubeTrouble || troubleOf(error.cause, server) !== undefined ? 'the cluster' : undefined
}

/** Removes what earlier runs left behind, and says so; never one that may belong to a run that is going on. */
export async function removeLeftovers({ kube, print }: Run, ofPurpose: string): Promise<void> {
  for (const { name, state } of await findLeftovers(kube, ofPurpose)) {
    if (state === 'abandoned') {
      print(`removing the namespace ${name} of an earlier run`)
      await removeNamespace(kube, name)
    } else print(`the namespace ${name} may belong to a run that is going on; if not: kubectl delete namespace ${name}`)
  }
}
