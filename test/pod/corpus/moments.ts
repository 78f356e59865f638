/** The moments of a life that a kubelet and the Pod runner can both tell, each with a name of its own. */
import type { ContainerEntry, PodEntry, Timeline, TimelineEntry } from '../timeline/timeline.ts'
import type { Life } from './life.ts'

export interface Moment {
  /** `gate#2 runs`: the second run of the container `gate`. */
  readonly name: string
  readonly atMs: number
}

const verbs: Partial<Record<ContainerEntry['what'], string>> = {
  running: 'runs',
  started: 'has started',
  ready: 'is ready',
  notReady: 'is not ready',
  stopSignal: 'is told to end',
  exited: 'exits',
}

/** Lines in which a puppet tells of its hooks. */
const hookLine = /^(done )?(preStop|postStart)$/

/** What happens to a Pod that ends is told of its containers; its own readiness says nothing then. */
export function momentsOf({ timeline, lines }: Life): Moment[] {
  const { entries } = timeline
  const endMs = endBeginsMs(timeline) ?? Number.POSITIVE_INFINITY
  const isProbed = entries.some(({ what }) => what === 'ready')
  const ofEntries = entries.flatMap((entry) => {
    if (isReadiness(entry) && (entry.atMs >= endMs || !isProbed)) return []
    const name = 'container' in entry ? nameOfContainers(entry, entries) : nameOfPods(entry)
    return name === undefined ? [] : [{ name, atMs: entry.atMs }]
  })
  const ofLines = lines.flatMap(({ container, text, atMs }) =>
    hookLine.test(text) ? [{ name: `${container} ${text}`, atMs }] : [],
  )
  return firstOfEach([...ofEntries, ...ofLines].sort((a, b) => a.atMs - b.atMs))
}

function nameOfContainers(entry: ContainerEntry, entries: Timeline['entries']): string | undefined {
  const verb = verbs[entry.what]
  return verb === undefined || isNoGate(entry, entries) ? undefined : `${runName(entry)} ${verb}`
}

function nameOfPods(entry: PodEntry): string | undefined {
  switch (entry.what) {
    case 'podReady':
      return 'Pod is ready'
    case 'podNotReady':
      return 'Pod is not ready'
    case 'terminating':
      return entry.reason === 'Deleted' ? 'deletion' : undefined
    default:
      return undefined
  }
}

/** Without a startup probe and a hook a container has started as soon as it runs. */
function isNoGate({ what, container, run, atMs }: ContainerEntry, entries: Timeline['entries']): boolean {
  if (what !== 'started') return false
  return entries.some(
    (entry) => entry.what === 'running' && entry.container === container && entry.run === run && entry.atMs === atMs,
  )
}

const isReadiness = ({ what }: TimelineEntry): boolean => /^(pod)?(not)?ready$/i.test(what)

/** What comes again in one run, such as readiness that returns, counts the first time. */
function firstOfEach(moments: readonly Moment[]): Moment[] {
  return moments.filter(({ name }, at) => moments.findIndex((each) => each.name === name) === at)
}

export function runName({ container, run }: { readonly container: string; readonly run: number }): string {
  return run === 0 ? container : `${container}#${run + 1}`
}

/**
 * When the Pod began to end: at its deletion, otherwise at the first word to a container, since a kubelet notices only
 * a second later that all apps are done.
 */
export function endBeginsMs({ entries }: Timeline): number | undefined {
  const terminating = entries.find(({ what }) => what === 'terminating')
  if (terminating === undefined) return undefined
  if (terminating.what === 'terminating' && terminating.reason === 'Deleted') return terminating.atMs
  const lastRun = (container: string): number =>
    Math.max(...entries.map((entry) => ('container' in entry && entry.container === container ? entry.run : 0)))
  return entries.find(
    (entry) =>
      (entry.what === 'stopSignal' && entry.why === 'termination') ||
      (entry.what === 'preStop' && entry.run === lastRun(entry.container)),
  )?.atMs
}
