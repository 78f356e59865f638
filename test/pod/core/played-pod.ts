/**
 * Plays a Pod for the tests: the machine at work against a world that behaves as a table says, in simulated
 * time. Nothing waits; a day of back-off is over at once, and the same table always gives the same story.
 */
import type { ContainerEntry, PodEntry, ProbeKind, TimelineEntry } from '../timeline/timeline.ts'
import type { OfRun, PodAction, PodEvent } from './events.ts'
import type { PodPhase } from './phase.ts'
import { type ContainerPlan, type NodeRules, nodeRulesDefault, type PodPlan, type ProbePlan } from './plan.ts'
import { newPod, step } from './pod-machine.ts'
import type { PodState } from './state.ts'

/** How one container behaves; whatever is not said happens at once and well. */
export interface Behaviour {
  readonly startTakesMs?: number
  /** How many of its first starts fail. */
  readonly startsThatFail?: number
  /** Ends by itself. @param run 0 for the first */
  readonly exits?: (run: number) => { readonly afterMs: number; readonly code: number } | undefined
  /** `ignored` waits for SIGKILL. */
  readonly onStop?: { readonly afterMs: number; readonly code: number } | 'ignored'
  readonly postStart?: HookBehaviour
  readonly preStop?: HookBehaviour
  /** @param sinceMs since this run's program began */
  readonly answers?: (probe: ProbeKind, sinceMs: number, run: number) => boolean
  readonly answerTakesMs?: number
}

export interface HookBehaviour {
  readonly takesMs: number
  readonly ok?: boolean
  /** The hook makes the process end, as a badly written preStop does. */
  readonly endsProcess?: boolean
}

/** A container of the table: what the manifest says of it, and how it behaves. */
export interface Actor {
  readonly plan: ContainerPlan
  readonly behaviour: Behaviour
}

type ActorOptions = Behaviour & Partial<Omit<ContainerPlan, 'name' | 'role' | 'postStart' | 'preStop'>>

export const init = (name: string, options: ActorOptions = {}): Actor => actor(name, 'init', options)
export const sidecar = (name: string, options: ActorOptions = {}): Actor => actor(name, 'sidecar', options)
export const app = (name: string, options: ActorOptions = {}): Actor => actor(name, 'app', options)

/** Ends by itself, in every run. */
export function exitsAfter(afterMs: number, code = 0): () => { afterMs: number; code: number } {
  return () => ({ afterMs, code })
}

function actor(name: string, role: ContainerPlan['role'], options: ActorOptions): Actor {
  const { startupProbe, readinessProbe, livenessProbe, ...behaviour } = options
  const probes = { ...(startupProbe && { startupProbe }), ...(readinessProbe && { readinessProbe }) }
  const hooks = {
    ...(behaviour.postStart && { postStart: true }),
    ...(behaviour.preStop && { preStop: true }),
  }
  return { plan: { name, role, ...probes, ...(livenessProbe && { livenessProbe }), ...hooks }, behaviour }
}

/** A probe every second that needs one answer, and three to fail. */
export function everySecond(changes: Partial<ProbePlan> = {}): ProbePlan {
  return { initialDelayMs: 0, periodMs: 1000, successThreshold: 1, failureThreshold: 3, ...changes }
}

export interface PlayOptions extends Partial<Omit<PodPlan, 'containers'>> {
  readonly rules?: Partial<NodeRules>
  /** Told to the machine at their times. */
  readonly script?: readonly { readonly atMs: number; readonly event: PodEvent }[]
  readonly untilMs?: number
}

/** What came of it. */
export interface PlayedPod {
  readonly state: PodState
  readonly entries: readonly TimelineEntry[]
  /** `5.2 ambassador stopSignal` and so on, in order; only the given kinds when some are given. */
  story(...kinds: readonly TimelineEntry['what'][]): string[]
  /** Seconds at which something happened to a container, for all its runs. */
  times(container: string, what: ContainerEntry['what']): number[]
  phaseAt(ms: number): PodPhase | undefined
}

/** @param actors the init list in its order, then the apps */
export function play(actors: readonly Actor[], options: PlayOptions = {}): PlayedPod {
  const { rules, script = [], untilMs = 3_600_000, ...podOptions } = options
  const plan: PodPlan = {
    restartPolicy: 'Always',
    terminationGracePeriodMs: 30_000,
    ...podOptions,
    containers: actors.map((each) => each.plan),
  }
  const world = new World(actors)
  for (const { atMs, event } of script) world.schedule(atMs, event)
  world.schedule(0, { type: 'tick' })

  let state = newPod(plan, 0, { ...nodeRulesDefault, ...rules })
  let nowMs = 0
  let wakeMs: number | undefined
  const entries: TimelineEntry[] = []
  while (true) {
    const next = world.next(wakeMs)
    if (next === undefined || next.atMs > untilMs) break
    nowMs = Math.max(nowMs, next.atMs)
    const taken = step(state, next.event, nowMs)
    state = taken.state
    wakeMs = taken.wakeAtMs
    entries.push(...taken.entries)
    for (const action of taken.actions) world.perform(action, nowMs)
  }
  return { state, entries, story, times, phaseAt }

  function story(...kinds: readonly TimelineEntry['what'][]): string[] {
    return entries.filter((entry) => kinds.length === 0 || kinds.includes(entry.what)).map(told)
  }

  function times(container: string, what: ContainerEntry['what']): number[] {
    const ofContainer = entries.filter((entry) => 'container' in entry && entry.container === container)
    return ofContainer.filter((entry) => entry.what === what).map((entry) => entry.atMs / 1000)
  }

  function phaseAt(ms: number): PodPhase | undefined {
    const told = entries.filter((entry): entry is Extract<PodEntry, { what: 'phase' }> => entry.what === 'phase')
    return told.findLast((entry) => entry.atMs <= ms)?.phase
  }
}

function told(entry: TimelineEntry): string {
  const subject = 'container' in entry ? entry.container : 'pod'
  return [entry.atMs / 1000, subject, entry.what, detailOf(entry)].join(' ').trimEnd()
}

function detailOf(entry: TimelineEntry): string {
  switch (entry.what) {
    case 'exited':
      return String(entry.exitCode)
    case 'phase':
      return entry.phase
    case 'terminating':
      return entry.reason
    case 'stopSignal':
    case 'killed':
      return entry.why
    case 'backOff':
      return String(entry.delayMs / 1000)
    case 'probeFailed':
      return entry.probe
    case 'postStartDone':
    case 'preStopDone':
      return entry.ok ? '' : 'failed'
    default:
      return ''
  }
}

interface Scheduled {
  readonly atMs: number
  readonly event: PodEvent
}

/** The simulated outside: answers each action with the events that its table says. */
class World {
  readonly #behaviours: ReadonlyMap<string, Behaviour>
  readonly #queue: Scheduled[] = []
  readonly #runningSinceMs = new Map<string, number>()

  constructor(actors: readonly Actor[]) {
    this.#behaviours = new Map(actors.map(({ plan, behaviour }) => [plan.name, behaviour]))
  }

  schedule(atMs: number, event: PodEvent): void {
    this.#queue.push({ atMs, event })
  }

  /** The next thing to happen: an event of the world or the machine's own alarm. */
  next(wakeMs: number | undefined): Scheduled | undefined {
    while (true) {
      const first = this.#queue.reduce((a, b) => (b.atMs < a.atMs ? b : a), {
        atMs: Number.POSITIVE_INFINITY,
      } as Scheduled)
      if (wakeMs !== undefined && wakeMs < first.atMs) return { atMs: wakeMs, event: { type: 'tick' } }
      if (first.event === undefined) return undefined
      this.#queue.splice(this.#queue.indexOf(first), 1)
      if (this.#isReal(first)) return first
    }
  }

  /** A program starts and ends once per run. */
  #isReal({ atMs, event }: Scheduled): boolean {
    if (event.type === 'running') this.#runningSinceMs.set(keyOf(event), atMs)
    return event.type !== 'exited' || this.#runningSinceMs.delete(keyOf(event))
  }

  perform(action: PodAction, nowMs: number): void {
    const behaviour = this.#behaviours.get(action.container) ?? {}
    const of: OfRun = { container: action.container, run: action.run }
    switch (action.do) {
      case 'start':
        this.#start(behaviour, of, nowMs + (behaviour.startTakesMs ?? 0))
        break
      case 'runHook': {
        const { takesMs, ok = true, endsProcess = false } = behaviour[action.hook] ?? { takesMs: 0 }
        if (Number.isFinite(takesMs)) this.schedule(nowMs + takesMs, { type: 'hookDone', hook: action.hook, ok, ...of })
        if (endsProcess) this.schedule(nowMs + takesMs, { type: 'exited', exitCode: 0, ...of })
        break
      }
      case 'probe': {
        const ok = behaviour.answers?.(action.probe, nowMs - (this.#runningSinceMs.get(keyOf(of)) ?? 0), of.run) ?? true
        const message = ok ? 'ok' : 'refused'
        this.schedule(nowMs + (behaviour.answerTakesMs ?? 0), {
          type: 'probed',
          probe: action.probe,
          ok,
          message,
          ...of,
        })
        break
      }
      case 'stop': {
        const { onStop = { afterMs: 0, code: 0 } } = behaviour
        if (onStop !== 'ignored')
          this.schedule(nowMs + onStop.afterMs, { type: 'exited', exitCode: onStop.code, ...of })
        break
      }
      case 'kill':
        this.schedule(nowMs, { type: 'exited', exitCode: 137, ...of })
        break
    }
  }

  #start({ startsThatFail = 0, exits }: Behaviour, of: OfRun, atMs: number): void {
    if (of.run < startsThatFail) {
      this.schedule(atMs, { type: 'startFailed', message: 'no such image', ...of })
      return
    }
    this.schedule(atMs, { type: 'running', ...of })
    const end = exits?.(of.run)
    if (end !== undefined) this.schedule(atMs + end.afterMs, { type: 'exited', exitCode: end.code, ...of })
  }
}

function keyOf({ container, run }: OfRun): string {
  return `${container}/${run}`
}
