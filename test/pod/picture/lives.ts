/** A timeline as what each container did from when to when, and what happened to it: what a picture shows. */
import type { Role } from '../manifest/pod-manifest.ts'
import type { ContainerEntry, Timeline } from '../timeline/timeline.ts'

/** `up`: started, but a readiness probe has not passed. */
export type Doing = 'starts' | 'up' | 'ready' | 'ends'

export interface Span {
  readonly doing: Doing
  readonly fromMs: number
  readonly toMs: number
}

export interface Moment {
  readonly what: 'preStop' | 'stopSignal' | 'killed' | 'failed' | 'probeFailed' | 'startFailed'
  readonly atMs: number
}

export interface Life {
  readonly name: string
  readonly role: Role
  /** In order, without the time that it only waits. */
  readonly spans: readonly Span[]
  readonly moments: readonly Moment[]
  readonly restarts: number
  /** Of its first run: when it began, and when the next in the list might go on. */
  readonly startingMs?: number
  readonly openedMs?: number
  /** Of its last run, where it came so far. */
  readonly readyMs?: number
  readonly stopSignalMs?: number
  readonly exited?: { readonly atMs: number; readonly exitCode: number }
}

export function livesOf({ containers, entries }: Timeline): Life[] {
  const endMs = entries.at(-1)?.atMs ?? 0
  return containers.map(({ name, role }) => {
    const own = entries.filter((entry) => 'container' in entry && entry.container === name) as ContainerEntry[]
    return lifeOf(name, role, own, endMs)
  })
}

function lifeOf(name: string, role: Role, own: readonly ContainerEntry[], endMs: number): Life {
  const restarts = own.at(-1)?.run ?? 0
  const last = own.filter(({ run }) => run === restarts)
  const exited = last.find((entry) => entry.what === 'exited')
  return {
    name,
    role,
    restarts,
    spans: spansOf(own, endMs),
    moments: own.flatMap(momentOf),
    ...when('startingMs', firstOf(own, 'starting')),
    ...when('openedMs', role === 'init' ? own.find(isDone)?.atMs : firstOf(own, 'started')),
    ...when('readyMs', firstOf(last, 'ready')),
    ...when('stopSignalMs', firstOf(last, 'stopSignal')),
    ...(exited?.what === 'exited' && { exited: { atMs: exited.atMs, exitCode: exited.exitCode } }),
  }
}

const isDone = (entry: ContainerEntry): boolean => entry.what === 'exited' && entry.exitCode === 0

const firstOf = (own: readonly ContainerEntry[], what: ContainerEntry['what']): number | undefined =>
  own.find((entry) => entry.what === what)?.atMs

const when = <Key extends string>(key: Key, atMs: number | undefined): { readonly [K in Key]?: number } =>
  (atMs === undefined ? {} : { [key]: atMs }) as { readonly [K in Key]?: number }

function spansOf(own: readonly ContainerEntry[], endMs: number): Span[] {
  const spans: Span[] = []
  const afterStart = own.some(tellsOfReadiness) ? 'up' : 'ready'
  let doing: Doing | undefined
  let fromMs = 0
  for (const entry of own) {
    const next = doingAfter(doing, afterStart, entry)
    if (next === doing) continue
    if (doing !== undefined) spans.push({ doing, fromMs, toMs: entry.atMs })
    doing = next
    fromMs = entry.atMs
  }
  if (doing !== undefined) spans.push({ doing, fromMs, toMs: endMs })
  return spans.filter((span) => span.toMs > span.fromMs)
}

/** A timeline does not say who has a readiness probe; one that never tells of it does its work from its start on. */
const tellsOfReadiness = (entry: ContainerEntry): boolean =>
  entry.what === 'ready' || entry.what === 'notReady' || (entry.what === 'probeFailed' && entry.probe === 'readiness')

function doingAfter(doing: Doing | undefined, afterStart: Doing, { what }: ContainerEntry): Doing | undefined {
  switch (what) {
    case 'starting':
    case 'running':
      return 'starts'
    case 'started':
      return afterStart
    case 'ready':
      return doing === 'ends' ? doing : 'ready'
    case 'notReady':
      return doing === 'ready' ? 'up' : doing
    case 'stopSignal':
      return 'ends'
    case 'exited':
    case 'startFailed':
    case 'backOff':
      return undefined
    default:
      return doing
  }
}

function momentOf(entry: ContainerEntry): Moment[] {
  const { atMs, what } = entry
  switch (what) {
    case 'preStop':
    case 'stopSignal':
    case 'killed':
    case 'probeFailed':
    case 'startFailed':
      return [{ what, atMs }]
    case 'exited':
      return entry.exitCode === 0 ? [] : [{ what: 'failed', atMs }]
    default:
      return []
  }
}
