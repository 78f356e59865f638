/**
 * `npm run e2e -- --record`: plays the Pods of test/pod/corpus on the cluster and writes what its kubelet did into the
 * golden files beside their manifests. Each is played several times: only what held every time is a fact.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createNamespace } from '../../kube/namespace.ts'
import type { Case } from '../../pod/corpus/cases.ts'
import { type Facts, factsOf } from '../../pod/corpus/facts.ts'
import { type Golden, goldenOf, writeGolden } from '../../pod/corpus/golden.ts'
import type { Life } from '../../pod/corpus/life.ts'
import { playOnCluster } from './play-on-cluster.ts'
import type { Run } from './run-scenarios.ts'

/** More at once would slow the node down so much that its own latency hides what is to be seen. */
const podsAtOnce = 8

/** The middle of the name of the namespace. */
export const recordingPurpose = 'record'

/** Plays each Pod once, and tells of each. Ends early when the run is aborted. */
export type PlayRound = (cases: readonly Case[], round: number, run: Run, listener: RoundListener) => Promise<void>

export interface RoundListener {
  onLife(each: Case, life: Life): void
  onFailure(each: Case, why: string): void
}

/**
 * @param recordings how often each Pod is played
 * @param playRound default: on the cluster, in a namespace of its own
 * @returns the exit code: 1 when a Pod could not be played, or two recordings had another outcome
 */
export async function recordCorpus(
  cases: readonly Case[],
  recordings: number,
  run: Run,
  playRound: PlayRound = playRoundOnCluster,
): Promise<number> {
  const { kube, clock, signal, print } = run
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

/** In one namespace, which is taken away whatever happens. */
async function playRoundOnCluster(
  cases: readonly Case[],
  round: number,
  run: Run,
  listener: RoundListener,
): Promise<void> {
  mkdirSync(run.options.output, { recursive: true })
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
