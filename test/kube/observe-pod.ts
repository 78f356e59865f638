/** Watches one Pod from before its creation to its end, and tells its life as a timeline. */
import { type Clock, systemClock } from '@podmates/shared/world/clock.ts'
import type { Timeline } from '../pod/timeline/timeline.ts'
import { followLog, type LogLine } from './container-log.ts'
import { type Followed, follow, type UntilOptions } from './follow.ts'
import { holdPod, isHeld, releasePod } from './holding.ts'
import type { Kube } from './kube.ts'
import { type ContainerStatus, containerStatuses, type KubeEvent, type Pod } from './objects.ts'
import type { OwnWords, Sightings } from './observed/sightings.ts'
import { isOver, timelineOf } from './observed/timeline-of.ts'
import { podTrouble, standingOf } from './pod-trouble.ts'

export interface ObservedPod extends AsyncDisposable {
  /** The Pod as it was last seen; undefined before its creation. */
  latest(): Pod | undefined
  /** The lines of a container's runs, in their order, with the node's time. */
  lines(container: string): readonly LogLine[]
  /**
   * Resolves with the first line of the container that `matches`, an earlier one too.
   * @throws at once when the Pod cannot start, and when the time is over
   */
  untilLine(
    container: string,
    what: string,
    matches: (line: LogLine) => boolean,
    options?: UntilOptions,
  ): Promise<LogLine>
  /** Events about this Pod. */
  events(): readonly KubeEvent[]
  sightings(): Sightings
  timeline(): Timeline
  /**
   * Resolves when `holds` is true of the Pod.
   * @throws Error at once when the Pod cannot start (an image that the node lacks), and with its state when the time is over
   */
  until(what: string, holds: (pod: Pod) => boolean, options?: UntilOptions): Promise<Pod>
  /** Resolves when nothing of the Pod runs any more and its logs are read to the end. @see until */
  ended(options?: UntilOptions): Promise<Timeline>
}

export interface ObserveOptions {
  readonly words?: OwnWords
  readonly clock?: Clock
}

/** How long the last lines of a container that has ended may take. */
const lastLinesMs = 5000

/** The Pod need not be there yet. From its first sight on it is held, so that its final state can be read. */
export async function observePod(
  kube: Kube,
  namespace: string,
  name: string,
  { words, clock = systemClock }: ObserveOptions = {},
): Promise<ObservedPod> {
  const base = `/api/v1/namespaces/${namespace}`
  const pods: Followed<Pod> = await follow(kube, `${base}/pods`, { fieldSelector: `metadata.name=${name}` }, clock)
  const events: Followed<KubeEvent> = await follow(
    kube,
    `${base}/events`,
    { fieldSelector: `involvedObject.kind=Pod,involvedObject.name=${name}` },
    clock,
  )
  const seen = {
    pods: [] as Sightings['pods'][number][],
    events: [] as Sightings['events'][number][],
    lines: [] as LogLine[],
  }
  const over = new AbortController()
  const lineListeners = new Set<(line: LogLine) => void>()
  const logs = new Map<string, Promise<void>>()
  const troubles: unknown[] = []
  const nowMs = (): number => clock.wall() + kube.skewMs
  let holding: Promise<unknown> | undefined

  events.onChange((event) => void seen.events.push({ seenMs: nowMs(), event }))
  pods.onChange((pod, change) => {
    seen.pods.push({ seenMs: nowMs(), pod, ...(change === 'gone' && { gone: true as const }) })
    if (change === 'gone') return
    if (!isHeld(pod)) holding ??= holdPod(kube, pod).catch((error: unknown) => troubles.push(error))
    const guests = pod.status?.ephemeralContainerStatuses ?? []
    for (const status of [...containerStatuses(pod), ...guests]) followRuns(status)
  })

  /** A run may be over before the watch told of it, as one is whose postStart hook failed. */
  function followRuns({ name: container, restartCount, state, lastState }: ContainerStatus): void {
    const isCreated = state?.running !== undefined || state?.terminated !== undefined
    if (isCreated) followRun(container, restartCount, false)
    if (lastState?.terminated === undefined) return
    if (isCreated) followRun(container, restartCount - 1, true)
    else followRun(container, restartCount, false)
  }

  function followRun(container: string, run: number, previous: boolean): void {
    const key = `${container}/${run}`
    if (run < 0 || logs.has(key)) return
    const place = { namespace, pod: name, container, run, previous }
    const log = followLog(kube, place, onLine, over.signal)
    logs.set(
      key,
      log.catch((error: unknown) => void troubles.push(error)),
    )
  }

  function onLine(line: LogLine): void {
    seen.lines.push(line)
    for (const listener of [...lineListeners]) listener(line)
  }

  const latest = (): Pod | undefined => seen.pods.findLast(({ gone }) => gone === undefined)?.pod
  const eventsOf = (): readonly KubeEvent[] => seen.events.map(({ event }) => event)
  const timeline = (): Timeline =>
    timelineOf(seen, { source: `kubelet ${kube.version}`, ...(words !== undefined && { words }) })

  function until(what: string, condition: (pod: Pod) => boolean, options?: UntilOptions): Promise<Pod> {
    const look = ([pod]: readonly Pod[]): Pod | undefined => {
      if (pod === undefined) return undefined
      if (condition(pod)) return pod
      const trouble = podTrouble(pod)
      if (trouble !== undefined) throw new Error(`Pod ${name}: ${trouble}`)
      return undefined
    }
    return pods.until(`Pod ${name}: ${what}`, look, options).catch((error: unknown) => {
      const pod = latest()
      throw pod === undefined
        ? error
        : new Error(`${error instanceof Error ? error.message : error}; it stood at: ${standingOf(pod)}`, {
            cause: error,
          })
    })
  }

  function untilLine(
    container: string,
    what: string,
    matches: (line: LogLine) => boolean,
    { timeoutMs = 60_000, signal }: UntilOptions = {},
  ): Promise<LogLine> {
    const { promise, resolve, reject } = Promise.withResolvers<LogLine>()
    const look = (line: LogLine): void => {
      if (line.container === container && matches(line)) resolve(line)
    }
    const stop = (): void => reject(signal?.reason)
    const cancel = clock.after(timeoutMs, () =>
      reject(new Error(`Pod ${name}: waited ${timeoutMs / 1000} s for a line of ${container}: ${what}`)),
    )
    signal?.addEventListener('abort', stop, { once: true })
    lineListeners.add(look)
    seen.lines.forEach(look)
    if (signal?.aborted) stop()
    const endTrouble = pods.onChange((pod) => {
      const trouble = podTrouble(pod)
      if (trouble !== undefined) reject(new Error(`Pod ${name}: ${trouble}`))
    })
    return promise.finally(() => {
      cancel()
      endTrouble()
      lineListeners.delete(look)
      signal?.removeEventListener('abort', stop)
    })
  }

  async function ended(options?: UntilOptions): Promise<Timeline> {
    await pods.until(
      `Pod ${name} to end`,
      ([pod]) => (seen.pods.length > 0 && (pod === undefined || isOver(pod)) ? true : undefined),
      options,
    )
    await Promise.race([Promise.all(logs.values()), clock.sleep(lastLinesMs)])
    return timeline()
  }

  return {
    latest,
    lines: (container) => seen.lines.filter((line) => line.container === container),
    events: eventsOf,
    sightings: () => seen,
    timeline,
    until,
    untilLine,
    ended,
    [Symbol.asyncDispose]: async () => {
      over.abort()
      await Promise.all([pods[Symbol.asyncDispose](), events[Symbol.asyncDispose](), holding, ...logs.values()])
      await releasePod(kube, namespace, name)
      if (troubles.length > 0) throw new AggregateError(troubles, `Pod ${name} could not be observed to its end`)
    },
  }
}
