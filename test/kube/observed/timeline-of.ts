/** What was seen of a Pod as a timeline in the format of the Pod runner, so that the two can be laid side by side. */
import type { Role } from '../../pod/manifest/pod-manifest.ts'
import type {
  ContainerEntry,
  PodEntry,
  TerminationReason,
  Timeline,
  TimelineEntry,
} from '../../pod/timeline/timeline.ts'
import type { LogLine } from '../container-log.ts'
import { type Container, containerStatuses, holds, type Pod } from '../objects.ts'
import { type ContainerRun, containerRuns } from './container-runs.ts'
import { atLatestIn, momentWithin } from './moment.ts'
import { type OwnWords, ownWordsDefault, type PodSighting, type Sightings } from './sightings.ts'

export interface TimelineOptions {
  /** Stands in place of the driver, such as `kubelet v1.33.13`. */
  readonly source: string
  readonly words?: OwnWords
}

interface Named {
  readonly spec: Container
  readonly role: Role
}

/** @throws Error when the Pod was never seen */
export function timelineOf(sightings: Sightings, { source, words = ownWordsDefault }: TimelineOptions): Timeline {
  const first = sightings.pods[0]
  if (first === undefined) throw new Error('the Pod was never seen')
  const startMs = momentWithin(first.pod.metadata.creationTimestamp ?? '', [first.seenMs])
  const named = namedContainers(first.pod)
  const runs = containerRuns(sightings)
  const ending = endingOf(sightings, named, runs, words)
  const entries = [
    ...podEntries(sightings, ending),
    ...named.flatMap(({ spec }, at) => {
      const nextMs = named[at + 1] === undefined ? undefined : runs.get(named[at + 1]?.spec.name ?? '')?.[0]?.createdMs
      return (runs.get(spec.name) ?? []).flatMap((run) =>
        runEntries(
          run,
          named[at] as Named,
          { nextMs: run.run === 0 ? nextMs : undefined, ending },
          ownLines(sightings, run),
          words,
        ),
      )
    }),
  ]
  return {
    pod: first.pod.metadata.name,
    driver: source,
    startedAt: new Date(startMs).toISOString(),
    containers: named.map(({ spec, role }) => ({ name: spec.name, role })),
    entries: inOrder(entries, startMs),
  }
}

function namedContainers({ spec }: Pod): Named[] {
  const inits = (spec.initContainers ?? []).map((each) => ({
    spec: each,
    role: each.restartPolicy === 'Always' ? ('sidecar' as const) : ('init' as const),
  }))
  return [...inits, ...spec.containers.map((each) => ({ spec: each, role: 'app' as const }))]
}

const ownLines = ({ lines }: Sightings, { container, run }: ContainerRun): readonly LogLine[] =>
  lines.filter((line) => line.container === container && line.run === run)

interface Ending {
  readonly atMs: number
  readonly reason: TerminationReason
  readonly graceMs: number
}

/** A deletion is told by the API; that all is done, or that nothing more can be done, follows from the containers. */
function endingOf(
  sightings: Sightings,
  named: readonly Named[],
  runs: ReadonlyMap<string, readonly ContainerRun[]>,
  words: OwnWords,
): Ending | undefined {
  const ends = [deletionOf(sightings, words), completionOf(sightings.pods, named, runs)].filter(
    (end) => end !== undefined,
  )
  return ends.sort((a, b) => a.atMs - b.atMs)[0]
}

/** The watch tells a deletion some ms after the kubelet has it: who says sooner that it ends has the better time. */
function deletionOf({ pods, lines }: Sightings, words: OwnWords): Ending | undefined {
  const sighting = pods.find(({ pod }) => pod.metadata.deletionTimestamp !== undefined)
  if (sighting === undefined) return undefined
  const { deletionTimestamp = '', deletionGracePeriodSeconds = 0 } = sighting.pod.metadata
  const graceMs = deletionGracePeriodSeconds * 1000
  const asked = new Date(Date.parse(deletionTimestamp) - graceMs).toISOString()
  const told = lines
    .filter(({ text }) => words.stopSignal.test(text) || words.preStop.test(text))
    .map(({ atMs }) => atMs)
    .filter((atMs) => atMs >= Date.parse(asked) && atMs < sighting.seenMs)
  const sooner = told.length === 0 ? undefined : Math.min(...told)
  return { atMs: atLatestIn(asked, sooner ?? sighting.seenMs), reason: 'Deleted', graceMs }
}

function completionOf(
  pods: readonly PodSighting[],
  named: readonly Named[],
  runs: ReadonlyMap<string, readonly ContainerRun[]>,
): Ending | undefined {
  const over = pods.find(({ pod }) => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed')
  // A Pod that is deleted reaches such a phase too, and its apps may have ended long before in a back-off.
  if (over === undefined || over.pod.metadata.deletionTimestamp !== undefined) return undefined
  const { spec, status } = over.pod
  const graceMs = (spec.terminationGracePeriodSeconds ?? 30) * 1000
  if (status?.reason === 'DeadlineExceeded') return { atMs: over.seenMs, reason: 'DeadlineExceeded', graceMs }
  const lastExit = (role: Role): number | undefined => {
    const exits = named
      .filter((each) => each.role === role)
      .map(({ spec: each }) => runs.get(each.name)?.at(-1)?.exit?.atMs)
    return exits.includes(undefined) || exits.length === 0 ? undefined : Math.max(...(exits as number[]))
  }
  const appsDoneMs = lastExit('app')
  if (appsDoneMs !== undefined) return { atMs: appsDoneMs, reason: 'Completed', graceMs }
  const failed = named.find(
    ({ spec: each, role }) => role === 'init' && (runs.get(each.name)?.at(-1)?.exit?.exitCode ?? 0) !== 0,
  )
  const failedMs = failed && runs.get(failed.spec.name)?.at(-1)?.exit?.atMs
  return failedMs === undefined ? undefined : { atMs: failedMs, reason: 'InitFailed', graceMs }
}

function podEntries({ pods }: Sightings, ending: Ending | undefined): PodEntry[] {
  const entries: PodEntry[] = []
  let phase = ''
  let ready = false
  let initialized = false
  let ended = false
  for (const { seenMs: atMs, pod, gone } of pods) {
    const told = pod.status?.phase ?? 'Pending'
    if (told !== phase && told !== 'Unknown') entries.push({ atMs, what: 'phase', phase: told })
    phase = told
    if (holds(pod, 'Initialized') && !initialized) {
      initialized = true
      entries.push({ atMs, what: 'initialized' })
    }
    if (holds(pod, 'Ready') !== ready) {
      ready = !ready
      entries.push({ atMs, what: ready ? 'podReady' : 'podNotReady' })
    }
    if (!ended && ending !== undefined && (gone === true || isOver(pod))) {
      ended = true
      entries.push({ atMs, what: 'ended' })
    }
  }
  if (ending !== undefined)
    entries.push({ atMs: ending.atMs, what: 'terminating', reason: ending.reason, graceMs: ending.graceMs })
  return entries
}

/** Nothing runs, and nothing will: the kubelet has told the last status of every container. */
export function isOver(pod: Pod): boolean {
  const { phase } = pod.status ?? {}
  const isFinal = phase === 'Succeeded' || phase === 'Failed'
  return isFinal && containerStatuses(pod).every(({ state }) => state?.running === undefined)
}

interface Around {
  /** When the next container of the list was created. */
  readonly nextMs: number | undefined
  readonly ending: Ending | undefined
}

function runEntries(
  run: ContainerRun,
  { spec, role }: Named,
  { nextMs, ending }: Around,
  lines: readonly LogLine[],
  words: OwnWords,
): ContainerEntry[] {
  const of = { container: run.container, run: run.run }
  const { runningMs, exit } = run
  const entries: ContainerEntry[] = run.startFailures.map(({ atMs, message }) => ({
    ...of,
    atMs,
    what: 'startFailed',
    message,
  }))
  if (runningMs === undefined) return entries
  const untilExit = (atMs: number): number => Math.max(runningMs, Math.min(atMs, exit?.atMs ?? atMs))
  entries.push(
    { ...of, atMs: run.createdMs ?? runningMs, what: 'starting' },
    { ...of, atMs: runningMs, what: 'running' },
  )

  const startedMs = startedOf(run, spec, role, nextMs)
  if (startedMs !== undefined) entries.push({ ...of, atMs: untilExit(startedMs), what: 'started' })
  if (spec.readinessProbe !== undefined && role !== 'init')
    for (const { atMs, ready } of run.readiness)
      entries.push({ ...of, atMs: untilExit(atMs), what: ready ? 'ready' : 'notReady' })

  const preStop = lines.find(({ text }) => words.preStop.test(text))
  if (preStop !== undefined && spec.lifecycle?.preStop !== undefined)
    entries.push({ ...of, atMs: untilExit(preStop.atMs), what: 'preStop' })
  if (run.killing !== undefined) {
    const { why, message } = run.killing
    const atMs = untilExit(run.killing.atMs)
    if (why === 'startupProbe' || why === 'livenessProbe')
      entries.push({
        ...of,
        atMs,
        what: 'probeFailed',
        probe: why === 'startupProbe' ? 'startup' : 'liveness',
        message,
      })
  }
  const signal = lines.find(({ text }) => words.stopSignal.test(text))
  const why = run.killing?.why ?? 'termination'
  if (signal !== undefined) entries.push({ ...of, atMs: untilExit(signal.atMs), what: 'stopSignal', why })
  if (exit === undefined) return entries
  const wasKilled =
    exit.exitCode === 137 && (run.killing !== undefined || (ending !== undefined && exit.atMs >= ending.atMs))
  if (wasKilled) entries.push({ ...of, atMs: exit.atMs, what: 'killed', why })
  entries.push({
    ...of,
    atMs: exit.atMs,
    what: 'exited',
    exitCode: exit.exitCode,
    ...(exit.message !== undefined && { message: exit.message }),
  })
  if (run.backOff !== undefined)
    entries.push({ ...of, atMs: Math.max(exit.atMs, run.backOff.atMs), what: 'backOff', delayMs: run.backOff.delayMs })
  return entries
}

/**
 * A plain container has started as soon as it runs. For the others the status tells it late, and one whose postStart
 * hook runs seconds late: what had to wait for it was created before, and its creation is the better time.
 */
function startedOf(run: ContainerRun, spec: Container, role: Role, nextMs: number | undefined): number | undefined {
  const needsMore = spec.startupProbe !== undefined || spec.lifecycle?.postStart !== undefined
  if (role === 'init' || !needsMore) return run.runningMs
  const seenMs = run.startedMs
  const holdsNext = role === 'sidecar' || spec.startupProbe === undefined
  if (seenMs === undefined || nextMs === undefined || !holdsNext) return seenMs
  return Math.min(nextMs, seenMs)
}

/** What one container does in one moment keeps this order; across containers the one that ends comes first. */
const ranks: Readonly<Record<TimelineEntry['what'], number>> = {
  startFailed: 0,
  preStop: 1,
  preStopDone: 2,
  stopSignal: 3,
  killed: 4,
  exited: 5,
  backOff: 6,
  terminating: 7,
  starting: 8,
  running: 9,
  postStart: 10,
  postStartDone: 11,
  started: 12,
  probeFailed: 13,
  ready: 14,
  notReady: 15,
  initialized: 16,
  podReady: 17,
  podNotReady: 18,
  phase: 19,
  ended: 20,
}

function inOrder(entries: readonly TimelineEntry[], startMs: number): TimelineEntry[] {
  return entries
    .map((entry) => ({ ...entry, atMs: Math.max(0, Math.round(entry.atMs - startMs)) }))
    .sort((a, b) => a.atMs - b.atMs || ranks[a.what] - ranks[b.what])
}
