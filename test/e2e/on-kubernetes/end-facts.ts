/** How a Pod ended: in order, in time, every container by itself, and nothing that it had to pass on was lost. */
import { containerStatuses } from '../../kube/objects.ts'
import type { ObservedPod } from '../../kube/observe-pod.ts'
import type { Timeline } from '../../pod/timeline/timeline.ts'
import type { Findings } from './findings.ts'
import { linesSaying, normalisedRecords } from './own-lines.ts'

/**
 * Notes order, exit codes, restarts and time of a Pod that has ended.
 * @param order of the containers, in which they have to end
 */
export function endFacts(findings: Findings, observed: ObservedPod, order: readonly string[]): void {
  const spans = order.map((name) => ({ name, ...spanOf(observed, name) }))
  const isOrdered = spans.every(
    ({ stoppingMs }, at) => at === 0 || stoppingMs >= (spans[at - 1]?.stoppedMs ?? Number.NaN),
  )
  const silent = spans.filter(({ stoppedMs }) => Number.isNaN(stoppedMs)).map(({ name }) => name)
  findings.fact(
    `ended one after another: ${order.join(', ')} (each one's SIGTERM came after the one before had said "stopped")${silent.length > 0 ? `; never said it: ${silent.join(', ')}` : ''}`,
    isOrdered && silent.length === 0,
  )

  const statuses = containerStatuses(observed.latest() ?? { metadata: { name: '' }, spec: { containers: [] } })
  const codes = statuses.map(({ state }) => state?.terminated?.exitCode ?? Number.NaN)
  findings.fact(
    `exit codes ${codes.join(', ')}: nothing was killed`,
    codes.length > 0 && codes.every((code) => code === 0),
  )
  const restarts = statuses.reduce((sum, { restartCount }) => sum + restartCount, 0)
  findings.fact(`${restarts} restarts`, restarts === 0)

  const graceMs = (observed.latest()?.spec.terminationGracePeriodSeconds ?? 30) * 1000
  const tookMs = lastExitMs(observed.timeline()) - terminatingMs(observed.timeline())
  findings.fact(`over within the grace period of ${graceMs / 1000} s`, tookMs < graceMs)
  findings.time('from the deletion to the last exit', tookMs)
}

interface Span {
  readonly stoppingMs: number
  readonly stoppedMs: number
}

/** Everything that the app had written stands in the adapter's output, the last line too. */
export function lossFact(findings: Findings, observed: ObservedPod): void {
  const normalised = normalisedRecords(observed.lines('adapter')).length
  const written = observed.lines('checkout').filter(({ text }) => text.startsWith('{')).length
  findings.fact(
    `${normalised} of ${written} log lines of the app stand in the adapter's output, the last one too`,
    normalised === written && written > 0,
  )
}

/** A container that never said one of the two words gets no time, and so is in no order. */
function spanOf(observed: ObservedPod, container: string): Span {
  const lines = observed.lines(container)
  const at = (msg: string): number => linesSaying(lines, msg).at(-1)?.atMs ?? Number.NaN
  return { stoppingMs: at('stopping'), stoppedMs: at('stopped') }
}

export function terminatingMs({ entries }: Timeline): number {
  return entries.find(({ what }) => what === 'terminating')?.atMs ?? Number.NaN
}

export function lastExitMs({ entries }: Timeline): number {
  return Math.max(...entries.filter(({ what }) => what === 'exited').map(({ atMs }) => atMs))
}
