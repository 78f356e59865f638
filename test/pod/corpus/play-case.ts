/** Plays one Pod of the corpus with a driver of the Pod runner, by its plan. */
import { type Clock, systemClock } from '@podmates/shared/world/clock.ts'
import type { Driver } from '../drive/driver.ts'
import { readManifest } from '../manifest/read-manifest.ts'
import type { PodHandle } from '../pod-handle.ts'
import { startPod } from '../start-pod.ts'
import type { Case } from './cases.ts'
import type { Life, OwnLine } from './life.ts'
import { isReached, type Milestone } from './plan.ts'

/** Longer than any plan takes. */
const playedWithinMs = 90_000

/** @throws Error with the chart of the timeline when the plan cannot be carried out */
export async function playCase(
  { file, text: manifest, plan }: Case,
  driver: Driver,
  clock: Clock = systemClock,
): Promise<Life> {
  await using pod = await startPod(readManifest([{ file, text: manifest }]), { driver, clock })
  const startedMs = Date.parse(pod.timeline().startedAt)
  const lines: OwnLine[] = []
  pod.onLine((container, text) => lines.push({ container, atMs: clock.wall() - startedMs, text }))
  if (plan.kind === 'delete') {
    await reached(pod, plan.milestone)
    await clock.sleep(plan.afterMs)
    await pod.terminate(plan.graceSeconds === undefined ? {} : { graceSeconds: plan.graceSeconds })
  } else await pod.waitFor(({ over }) => over, { timeoutMs: playedWithinMs })
  return { timeline: await pod.ended, lines }
}

async function reached(pod: PodHandle, milestone: Milestone): Promise<void> {
  await pod.waitFor(() => isReached(milestone, pod.timeline().entries), { timeoutMs: playedWithinMs })
}
