/** The runs of each container, put together from the states that the watch showed, the kubelet's events and own lines. */
import type { StopReason } from '../../pod/timeline/timeline.ts'
import type { LogLine } from '../container-log.ts'
import { type ContainerStatus, containerStatuses, type StateOfContainer, type Terminated } from '../objects.ts'
import { momentWithin } from './moment.ts'
import type { EventSighting, Sightings } from './sightings.ts'

/** All times are ms since the epoch by the cluster's clock. */
export interface ContainerRun {
  readonly container: string
  readonly run: number
  readonly createdMs?: number
  readonly runningMs?: number
  /** `started` was true for the first time; without a startup probe it is as soon as it runs. */
  readonly startedMs?: number
  readonly readiness: readonly { readonly atMs: number; readonly ready: boolean }[]
  readonly startFailures: readonly { readonly atMs: number; readonly message: string }[]
  /** The kubelet killed it to start it again. */
  readonly killing?: { readonly atMs: number; readonly why: StopReason; readonly message: string }
  readonly exit?: {
    readonly atMs: number
    readonly exitCode: number
    readonly reason?: string
    readonly message?: string
    /** Whole seconds, as the API told it. */
    readonly finishedAt: string
  }
  readonly backOff?: { readonly atMs: number; readonly delayMs: number }
}

type Draft = { -readonly [Key in keyof ContainerRun]: ContainerRun[Key] }

/** @returns the runs of each container in their order; a container that never came to a start has one without times */
export function containerRuns(sightings: Sightings): ReadonlyMap<string, readonly ContainerRun[]> {
  const runs = new Map<string, Draft[]>()
  for (const { seenMs, pod } of sightings.pods)
    for (const status of containerStatuses(pod)) readStatus(runsOf(runs, status.name), status, seenMs)
  for (const [container, own] of runs) addMoments(container, own, sightings)
  return runs
}

function runsOf(runs: Map<string, Draft[]>, container: string): Draft[] {
  const own = runs.get(container) ?? []
  runs.set(container, own)
  return own
}

function runAt(own: Draft[], container: string, run: number): Draft {
  for (let next = own.length; next <= run; next += 1)
    own.push({ container, run: next, readiness: [], startFailures: [] })
  return own[run] as Draft
}

/** In back-off the count is still that of the run that ended; it goes up when the next one is created. */
function readStatus(own: Draft[], status: ContainerStatus, seenMs: number): void {
  const { state = {}, lastState = {}, restartCount } = status
  const current = runAt(own, status.name, restartCount)
  const endedBefore = state.waiting === undefined ? restartCount - 1 : restartCount
  if (lastState.terminated !== undefined && endedBefore >= 0)
    readEnd(runAt(own, status.name, endedBefore), lastState.terminated)
  if (state.terminated !== undefined) readEnd(current, state.terminated)
  if (state.running !== undefined) readRunning(current, status, state.running.startedAt, seenMs)
  if (state.waiting !== undefined) readWaiting(current, state.waiting, seenMs)
}

function readRunning(run: Draft, status: ContainerStatus, startedAt: string, seenMs: number): void {
  run.runningMs ??= momentWithin(startedAt, [seenMs])
  if (status.started === true) run.startedMs ??= seenMs
  const before = run.readiness.at(-1)?.ready ?? false
  if (status.ready !== before) run.readiness = [...run.readiness, { atMs: seenMs, ready: status.ready }]
}

/** With these reasons the runtime tells as an end that it could not run the program at all. */
const neverRan = /^(StartError|ContainerCannotRun)$/

/**
 * The status of an end may come seconds late, and says nothing of when within its second it was. A container that never
 * came to a start is terminated without dates when its Pod is.
 */
function readEnd(run: Draft, { exitCode, reason = '', message, startedAt, finishedAt }: Terminated): void {
  if (finishedAt === undefined || finishedAt === null || run.exit !== undefined) return
  if (neverRan.test(reason)) {
    if (run.startFailures.length === 0)
      run.startFailures = [{ atMs: momentWithin(finishedAt, []), message: `${reason}: ${message ?? ''}` }]
    return
  }
  if (startedAt !== undefined && startedAt !== null) run.runningMs ??= momentWithin(startedAt, [])
  run.exit = {
    atMs: momentWithin(finishedAt, []),
    exitCode,
    finishedAt,
    ...(reason !== '' && { reason }),
    ...(message !== undefined && { message }),
  }
}

const startTroubles =
  /^(ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|CreateContainer(Config)?Error|RunContainerError)$/

function readWaiting(
  run: Draft,
  { reason = '', message = '' }: NonNullable<StateOfContainer['waiting']>,
  seenMs: number,
): void {
  if (startTroubles.test(reason) && run.startFailures.length === 0)
    run.startFailures = [{ atMs: seenMs, message: message === '' ? reason : `${reason}: ${message}` }]
  if (reason === 'CrashLoopBackOff' && run.backOff === undefined)
    run.backOff = { atMs: seenMs, delayMs: delayOf(message) }
}

/** `back-off 1m20s restarting failed container=...` @returns 0 when it is not told */
function delayOf(message: string): number {
  const [, minutes = 0, seconds = 0] = /^back-off (?:(\d+)m)?(?:([\d.]+)s)?/.exec(message) ?? []
  return Number(minutes) * 60_000 + Number(seconds) * 1000
}

/** The n-th event of a kind is about the n-th run, because the kubelet counts what it repeats. */
function addMoments(container: string, own: Draft[], { events, lines }: Sightings): void {
  const ofContainer = events.filter(({ event }) => event.involvedObject.fieldPath?.endsWith(`{${container}}`))
  const created = ofContainer.filter(({ event }) => event.reason === 'Created')
  const startedEvents = ofContainer.filter(({ event }) => event.reason === 'Started')
  for (const run of own) {
    const ownLines = lines.filter((line) => line.container === container && line.run === run.run)
    refineRunning(run, startedEvents[run.run]?.seenMs, ownLines)
    const createdMs = created[run.run]?.seenMs
    if (createdMs !== undefined) run.createdMs = Math.min(createdMs, run.runningMs ?? createdMs)
    refineExit(run, ownLines)
  }
  for (const sighting of ofContainer) readKilling(own, sighting)
}

function refineRunning(run: Draft, eventMs: number | undefined, lines: readonly LogLine[]): void {
  if (run.runningMs === undefined) return
  const second = new Date(Math.floor(run.runningMs / 1000) * 1000).toISOString()
  const hints = [eventMs, lines[0]?.atMs].filter((hint) => hint !== undefined).sort((a, b) => a - b)
  run.runningMs = momentWithin(second, [...hints, run.runningMs])
}

function refineExit(run: Draft, lines: readonly LogLine[]): void {
  if (run.exit === undefined) return
  const last = lines.at(-1)?.atMs
  run.exit = { ...run.exit, atMs: momentWithin(run.exit.finishedAt, [last]) }
}

const killers: Readonly<Record<string, StopReason>> = {
  'failed startup probe': 'startupProbe',
  'failed liveness probe': 'livenessProbe',
  FailedPostStartHook: 'postStart',
}

/** Only a container that is to be started again is killed with a reason; the end of the Pod reads `Stopping container`. */
function readKilling(own: readonly Draft[], { seenMs, event }: EventSighting): void {
  const { message = '' } = event
  const why = Object.entries(killers).find(([words]) => message.includes(words))?.[1]
  if (event.reason !== 'Killing' || why === undefined) return
  const run = own.findLast(({ runningMs }) => runningMs !== undefined && runningMs <= seenMs + 1000)
  if (run !== undefined && run.killing === undefined) run.killing = { atMs: seenMs, why, message }
}
