/** A step of the plan that waits for one target, and how it is done. */
import type { Clock } from '@podmates/shared/world/clock.ts'
import type { Random } from '@podmates/shared/world/random.ts'
import type { Progress } from '../report/progress.ts'
import { type Network, tryOnce } from './attempt.ts'
import { showTarget, type Target } from './target.ts'
import { untilReady, type WaitEnd } from './until-ready.ts'

export interface WaitStep {
  readonly name: string
  readonly target: Target
  /** Tries in a row that must find the target ready; 1 or more. */
  readonly successes: number
}

export interface WaitStepWorld {
  readonly clock: Clock
  readonly random: Random
  readonly network: Network
  readonly progress: Progress
}

/** Longer than a slow health check and a TLS handshake take, shorter than anybody waits for the next try. */
const tryTimeoutMs = 5000

/** Waits until the target is ready, and tells the progress. Never rejects. */
export function performWait(
  { name, target, successes }: WaitStep,
  signal: AbortSignal,
  { clock, random, network, progress }: WaitStepWorld,
): Promise<WaitEnd> {
  const shown = { step: name, target: showTarget(target) }
  progress.begun(shown)
  return untilReady({ successes, tryTimeoutMs }, signal, {
    clock,
    random,
    attempt: (trySignal) => tryOnce(target, trySignal, network),
    onAttempt: (attempt, tries) => {
      if (attempt.outcome !== 'ready') progress.missed(shown, attempt.reason, tries)
    },
  })
}
