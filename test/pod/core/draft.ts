/** The next state while one step works it out, with the actions and timeline entries that come of it. */
import type { ContainerEntry, PodEntry, TimelineEntry } from '../timeline/timeline.ts'
import type { OfRun, PodAction } from './events.ts'
import type { ContainerState, Life, PodState } from './state.ts'

export interface Draft {
  readonly nowMs: number
  state: PodState
  readonly actions: PodAction[]
  readonly entries: TimelineEntry[]
}

export function draftOf(state: PodState, nowMs: number): Draft {
  return { nowMs, state, actions: [], entries: [] }
}

export function setLife(draft: Draft, { plan }: ContainerState, life: Life): void {
  setContainer(draft, plan.name, (container) => ({ ...container, life }))
}

export function setContainer(draft: Draft, name: string, change: (container: ContainerState) => ContainerState): void {
  const containers = draft.state.containers.map((each) => (each.plan.name === name ? change(each) : each))
  draft.state = { ...draft.state, containers }
}

/** The fields of one kind of entry, without those that every entry has. */
type Told<Entry> = Entry extends unknown ? Omit<Entry, 'atMs' | 'container' | 'run'> : never

export function noteContainer(draft: Draft, container: ContainerState, told: Told<ContainerEntry>): void {
  draft.entries.push({ atMs: sinceBirthMs(draft), ...ofRun(container), ...told } as ContainerEntry)
}

export function notePod(draft: Draft, told: Told<PodEntry>): void {
  draft.entries.push({ atMs: sinceBirthMs(draft), ...told } as PodEntry)
}

/** Whole milliseconds are enough to read; their order stands in the list. */
function sinceBirthMs({ nowMs, state }: Draft): number {
  return Math.round(nowMs - state.bornMs)
}

export function ofRun({ plan, run }: ContainerState): OfRun {
  return { container: plan.name, run }
}
