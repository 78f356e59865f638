import fc from 'fast-check'
import { describe, it } from 'vitest'
import type { ContainerEntry, TimelineEntry } from '../timeline/timeline.ts'
import type { PodEvent } from './events.ts'
import { type Actor, app, init, type PlayedPod, play, sidecar } from './played-pod.ts'

/*
 * Laws over random Pods whose containers behave at random: they crash, hang, ignore signals, fail probes and
 * hooks; the Pod is deleted at some moment, and news arrives that belongs to nothing.
 */

const moment = fc.integer({ min: 0, max: 40 }).map((halves) => halves * 500)
const exit = fc.record({ afterMs: moment, code: fc.constantFrom(0, 0, 1) })
const hook = fc.record({
  takesMs: fc.oneof(moment, fc.constant(Number.POSITIVE_INFINITY)),
  ok: fc.boolean(),
  endsProcess: fc.boolean(),
})
const probe = fc.record({
  initialDelayMs: fc.constantFrom(0, 1000),
  periodMs: fc.constantFrom(500, 1000, 10_000),
  successThreshold: fc.constant(1),
  failureThreshold: fc.integer({ min: 1, max: 3 }),
})

const behaviour = {
  startTakesMs: fc.constantFrom(0, 0, 300, 3000),
  startsThatFail: fc.constantFrom(0, 0, 0, 2),
  onStop: fc.oneof(exit, fc.constant('ignored' as const)),
  answerTakesMs: fc.constantFrom(0, 200, 1500),
  answers: fc.func(fc.boolean()),
}
const hooksAndProbes = {
  exits: fc.array(fc.option(exit, { nil: undefined }), { maxLength: 3 }).map((exits) => (run: number) => exits[run]),
  postStart: hook,
  preStop: hook,
  startupProbe: probe,
  readinessProbe: probe,
  livenessProbe: probe,
}

const plainInit = fc.record({ ...behaviour, exits: exit.map((end) => () => end) }, { requiredKeys: ['exits'] })
const sidecarOrApp = fc.record({ ...behaviour, ...hooksAndProbes }, { requiredKeys: [] })
type Options = Parameters<typeof sidecar>[1]

const initList = fc.array(
  fc.oneof(
    plainInit.map((options) => (name: string) => init(`i${name}`, options as Options)),
    sidecarOrApp.map((options) => (name: string) => sidecar(`s${name}`, options as Options)),
  ),
  { maxLength: 4 },
)
const apps = fc.array(
  sidecarOrApp.map((options) => (name: string) => app(`a${name}`, options as Options)),
  {
    minLength: 1,
    maxLength: 3,
  },
)
const actors = fc.tuple(initList, apps).map(([first, then]) => [...first, ...then].map((make, at) => make(String(at))))

/** News of containers and runs that may not exist, at any moment. */
const stray: fc.Arbitrary<PodEvent> = fc.oneof(
  fc.record({
    type: fc.constant('hookDone' as const),
    hook: fc.constantFrom('postStart' as const, 'preStop' as const),
    ok: fc.boolean(),
    container: fc.constantFrom('s0', 's1', 'a2', 'nobody'),
    run: fc.constantFrom(7, 8),
  }),
  fc.record({
    type: fc.constant('exited' as const),
    exitCode: fc.constant(0),
    container: fc.constantFrom('s0', 's1', 'a2', 'nobody'),
    run: fc.constantFrom(7, 8),
  }),
  fc.constant({ type: 'tick' as const }),
)

const scenario = fc.record({
  actors,
  restartPolicy: fc.constantFrom('Always' as const, 'OnFailure' as const, 'Never' as const),
  graceMs: fc.constantFrom(0, 1000, 5000, 30_000),
  deletedAtMs: moment,
  shortened: fc.option(fc.record({ afterMs: moment, graceMs: fc.constantFrom(0, 2000) }), { nil: undefined }),
  strays: fc.array(fc.record({ atMs: moment, event: stray }), { maxLength: 5 }),
})
type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never

/** Long enough for every start in flight and for the longest grace. */
const untilMs = 300_000

function playScenario({ actors, restartPolicy, graceMs, deletedAtMs, shortened, strays }: Scenario): PlayedPod {
  const script = [{ atMs: deletedAtMs, event: { type: 'terminate', graceMs } as PodEvent }, ...strays]
  if (shortened !== undefined) {
    script.push({ atMs: deletedAtMs + shortened.afterMs, event: { type: 'terminate', graceMs: shortened.graceMs } })
  }
  return play(actors, { restartPolicy, terminationGracePeriodMs: graceMs, script, untilMs })
}

function law(holds: (played: PlayedPod, scenario: Scenario) => boolean): void {
  fc.assert(
    fc.property(scenario, (drawn) => holds(playScenario(drawn), drawn)),
    { numRuns: 300 },
  )
}

const isOf = (entry: TimelineEntry): entry is ContainerEntry => 'container' in entry
const namesOf = (actors: readonly Actor[], ...roles: readonly string[]): string[] =>
  actors.filter(({ plan }) => roles.includes(plan.role)).map(({ plan }) => plan.name)

/** What is true of each container just before entry number `at`. */
function before(entries: readonly TimelineEntry[], at: number) {
  const past = entries.slice(0, at).filter(isOf)
  const last = (name: string, ...kinds: readonly string[]) =>
    past.findLast((entry) => entry.container === name && kinds.includes(entry.what))
  return {
    hasStarted: (name: string) => last(name, 'started') !== undefined,
    hasSucceeded: (name: string) => {
      const exited = last(name, 'exited')
      return exited?.what === 'exited' && exited.exitCode === 0
    },
    /** Its program runs, or is being started. */
    isActive: (name: string) => {
      const what = last(name, 'starting', 'startFailed', 'running', 'exited')?.what
      return what === 'starting' || what === 'running'
    },
    isBeingStarted: (name: string) => {
      const what = last(
        name,
        'starting',
        'startFailed',
        'running',
        'exited',
        'postStart',
        'postStartDone',
        'stopSignal',
      )?.what
      return what === 'starting' || what === 'postStart'
    },
    deadlineMs: () => {
      const told = entries.slice(0, at).filter((entry) => entry.what === 'terminating')
      const last = told.at(-1)
      return last?.what === 'terminating' ? last.atMs + last.graceMs : Number.POSITIVE_INFINITY
    },
  }
}

describe('whatever the containers do', () => {
  it('no app starts before every plain init container exited 0 and every sidecar has started', () => {
    law(({ entries }, { actors }) =>
      entries.every((entry, at) => {
        if (entry.what !== 'starting' || !namesOf(actors, 'app').includes(entry.container)) return true
        const past = before(entries, at)
        return namesOf(actors, 'init').every(past.hasSucceeded) && namesOf(actors, 'sidecar').every(past.hasStarted)
      }),
    )
  })

  it('the entries of the init list start for the first time in their order', () => {
    law(({ entries }, { actors }) => {
      const list = namesOf(actors, 'init', 'sidecar')
      const first = entries.filter(isOf).filter((entry) => entry.what === 'starting' && entry.run === 0)
      const began = first.map((entry) => entry.container).filter((name) => list.includes(name))
      return began.every((name, at) => name === list[at])
    })
  })

  it('two starts never overlap, postStart hooks included', () => {
    law(({ entries }, { actors }) =>
      entries.every((entry, at) => {
        const { isBeingStarted } = before(entries, at)
        return entry.what !== 'starting' || !namesOf(actors, 'init', 'sidecar', 'app').some(isBeingStarted)
      }),
    )
  })

  it('a plain init container that succeeded never runs again', () => {
    law(({ entries }, { actors }) =>
      entries.every((entry, at) => {
        const isInit = entry.what === 'starting' && namesOf(actors, 'init').includes(entry.container)
        return !isInit || !before(entries, at).hasSucceeded(entry.container)
      }),
    )
  })

  it('nothing starts once the Pod terminates', () => {
    law(({ entries }) => {
      const end = entries.findIndex((entry) => entry.what === 'terminating')
      return end >= 0 && entries.slice(end).every((entry) => entry.what !== 'starting')
    })
  })

  it('while there is grace left, a sidecar gets its stop signal only after all apps and the sidecar after it are gone', () => {
    law(({ entries }, { actors }) =>
      entries.every((entry, at) => {
        if (entry.what !== 'stopSignal' || entry.why !== 'termination') return true
        const sidecars = namesOf(actors, 'sidecar')
        const place = sidecars.indexOf(entry.container)
        const { isActive, deadlineMs } = before(entries, at)
        if (place < 0 || entry.atMs >= deadlineMs()) return true
        return [...namesOf(actors, 'app'), ...sidecars.slice(place + 1, place + 2)].every((name) => !isActive(name))
      }),
    )
  })

  it('nobody is killed for the end of the Pod before the budget is over, nor less than two seconds after the stop signal', () => {
    law(({ entries }) =>
      entries.every((entry, at) => {
        if (entry.what !== 'killed' || entry.why !== 'termination') return true
        const asked = entries.findLast(
          (each, then) => then < at && each.what === 'stopSignal' && each.container === entry.container,
        )
        return asked !== undefined && entry.atMs >= before(entries, at).deadlineMs() && entry.atMs - asked.atMs >= 2000
      }),
    )
  })

  it('each run is asked to end once, killed once and runs its preStop once', () => {
    law(({ entries }) => {
      const once = entries
        .filter(isOf)
        .filter(({ what }) => ['stopSignal', 'killed', 'preStop', 'exited'].includes(what))
      const keys = once.map(({ container, run, what }) => `${container}/${run} ${what}`)
      return new Set(keys).size === keys.length
    })
  })

  it('the Pod is over at the latest two seconds after its budget, and what the kubelet loses to whole seconds', () => {
    law(({ entries }) => {
      const ended = entries.find(({ what }) => what === 'ended')
      const slowestStartMs = 3000
      const lostToWholeSecondsMs = 2 * 1000
      return (
        ended !== undefined &&
        ended.atMs <= before(entries, entries.length).deadlineMs() + 2000 + lostToWholeSecondsMs + slowestStartMs
      )
    })
  })

  it('the end is told once, and nothing after it', () => {
    law(({ entries }) => entries.findIndex(({ what }) => what === 'ended') === entries.length - 1)
  })

  it('a Pod that has succeeded or failed stays so', () => {
    law(({ entries }) => {
      const phases = entries.flatMap((entry) => (entry.what === 'phase' ? [entry.phase] : []))
      return phases.slice(0, -1).every((phase) => phase === 'Pending' || phase === 'Running')
    })
  })
})
