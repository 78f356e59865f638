/**
 * From one life to facts that hold for every correct kubelet, slow or quick: how the Pod and each run ended, what
 * came before what, and how long the few things took that do not depend on the speed of a machine.
 */
import type { ContainerEntry, Timeline } from '../timeline/timeline.ts'
import type { Life } from './life.ts'
import { endBeginsMs, type Moment, momentsOf, runName } from './moments.ts'

export interface Facts {
  /** The phases in their order, and why it ended: `Pending, Running, Succeeded`, `Deleted`. */
  readonly phases: string
  readonly end: string
  /** How each run of each container ended, one entry for each run. */
  readonly runs: Readonly<Record<string, readonly string[]>>
  /** What the puppets noted, one entry for each container that did. */
  readonly notes: Readonly<Record<string, readonly string[]>>
  /** In the order of time. */
  readonly moments: readonly Moment[]
  /** For each run that followed another, how long it waited at the least: the steps of the back-off, in seconds. */
  readonly pauses: Readonly<Record<string, number>>
  /** Seconds, with their fraction. */
  readonly times: Readonly<Record<string, number>>
}

/** A restart waits at least so long, however long it takes then. */
const backOffsS = [0, 10, 20, 40, 80, 160, 300]
/** The end of a run is known a little late. */
const lateS = 0.5

export function factsOf(life: Life): Facts {
  const { timeline } = life
  const phases = timeline.entries.flatMap((entry) => (entry.what === 'phase' ? [entry.phase] : []))
  const terminating = timeline.entries.find(({ what }) => what === 'terminating')
  return {
    phases: phases.join(', '),
    end: terminating?.what === 'terminating' ? terminating.reason : 'none',
    runs: Object.fromEntries(timeline.containers.map(({ name }) => [name, endsOf(timeline, name)])),
    notes: notesOf(life),
    moments: momentsOf(life),
    pauses: pausesOf(timeline),
    times: { ...agonies(timeline), ...ending(life) },
  }
}

const ofContainer = ({ entries }: Timeline, name: string): ContainerEntry[] =>
  entries.filter((entry): entry is ContainerEntry => 'container' in entry && entry.container === name)

/** How often a start is tried depends on how long one looks; that it cannot be done does not. */
function endsOf(timeline: Timeline, name: string): string[] {
  const entries = ofContainer(timeline, name)
  const count = Math.max(0, ...entries.map(({ run }) => run + 1))
  const ends = Array.from({ length: count }, (_, run) => endOf(entries.filter((entry) => entry.run === run)))
  return ends.filter((end, at) => end !== '' && !(end === cannotStart && ends[at - 1] === cannotStart))
}

const cannotStart = 'cannot start'

function endOf(entries: readonly ContainerEntry[]): string {
  if (entries.some(({ what }) => what === 'startFailed')) return cannotStart
  const exit = entries.find(({ what }) => what === 'exited')
  if (exit?.what !== 'exited') return entries.some(({ what }) => what === 'running') ? 'runs on' : ''
  // A SIGKILL that came too late has killed nobody.
  const killed = exit.exitCode === 137 && entries.some(({ what }) => what === 'killed')
  return [`exits ${exit.exitCode}`, ...(killed ? ['killed'] : []), ...(exit.message ? [`"${exit.message}"`] : [])].join(
    ', ',
  )
}

function notesOf({ lines }: Life): Record<string, string[]> {
  const notes: Record<string, string[]> = {}
  for (const { container, text } of lines) {
    const [, note] = /^note (.*)$/.exec(text) ?? []
    if (note !== undefined) notes[container] = [...(notes[container] ?? []), note]
  }
  return notes
}

function pausesOf(timeline: Timeline): Record<string, number> {
  const pauses: Record<string, number> = {}
  for (const { name } of timeline.containers) {
    const entries = ofContainer(timeline, name)
    for (const exit of entries.filter(({ what }) => what === 'exited')) {
      const next = entries.find(({ what, run }) => what === 'running' && run === exit.run + 1)
      if (next !== undefined) pauses[runName(next)] = backOffWithin((next.atMs - exit.atMs) / 1000)
    }
  }
  return pauses
}

function backOffWithin(seconds: number): number {
  return backOffsS.findLast((each) => seconds >= each - lateS) ?? 0
}

/** From the stop signal to the end of a run that a probe or a hook had ended. */
function agonies(timeline: Timeline): Record<string, number> {
  const agonies: Record<string, number> = {}
  for (const { name } of timeline.containers) {
    const entries = ofContainer(timeline, name)
    for (const signal of entries.filter((entry) => entry.what === 'stopSignal' && entry.why !== 'termination')) {
      const exit = entries.find(({ what, run }) => what === 'exited' && run === signal.run)
      if (exit !== undefined) agonies[`${runName(exit)} exits, after its signal`] = (exit.atMs - signal.atMs) / 1000
    }
  }
  return agonies
}

/** Offsets into the end of the Pod: the one part of its life in which a kubelet acts at once. */
function ending(life: Life): Record<string, number> {
  const endMs = endBeginsMs(life.timeline)
  if (endMs === undefined) return {}
  const all = momentsOf(life)
  const inTheEnd = / (preStop|is told to end|exits)$/
  const late = all.filter(
    ({ name, atMs }) => inTheEnd.test(name) && atMs >= endMs - aMomentMs && !endedByItself(name, all),
  )
  return Object.fromEntries(late.map(({ name, atMs }) => [`${name}, into the end`, (atMs - endMs) / 1000]))
}

/** The beginning of the end may be seen a little after what it brings about. */
const aMomentMs = 150

/** When it ends is then a matter of its own start, not of the end of the Pod. */
function endedByItself(name: string, moments: readonly Moment[]): boolean {
  if (!name.endsWith(' exits')) return false
  const told = name.replace(/ exits$/, ' is told to end')
  return !moments.some((moment) => moment.name === told)
}
