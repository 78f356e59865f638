/**
 * The containers that run now: does what the core says and tells it what comes of it. Every action has its
 * answer as an event, so nothing here decides anything.
 */
import type { Clock } from '@podmates/shared/world/clock.ts'
import type { OfRun, PodAction, PodEvent } from '../core/events.ts'
import type { ContainerSpec, PodSpec } from '../manifest/pod-manifest.ts'
import { type AskWorld, ask, runHook } from './ask.ts'
import type { Launch, RunningContainer, Sandbox } from './driver.ts'
import { type LastWords, lastWordsOf } from './last-words.ts'

export interface CrewOptions {
  readonly pod: PodSpec
  readonly sandbox: Sandbox
  /** Resolves every reference for one start. @throws StartError for one that leads nowhere */
  readonly launchOf: (container: ContainerSpec, run: number) => Promise<Launch>
  readonly tell: (event: PodEvent) => void
}

export interface Crew {
  perform(action: PodAction): void
  /** The container's present run, if it runs. */
  running(container: string): RunningContainer | undefined
  /** Kills whatever runs or is being started; resolves when all is gone. The core has been told to end before. */
  killAll(): Promise<void>
}

interface Member {
  readonly run: number
  readonly running: RunningContainer
  readonly gone: AbortController
}

export function createCrew({ pod, sandbox, launchOf, tell }: CrewOptions, { clock }: { clock: Clock }): Crew {
  const members = new Map<string, Member>()
  const starts = new Set<Promise<void>>()

  return { perform, running: (name) => members.get(name)?.running, killAll }

  function perform(action: PodAction): void {
    switch (action.do) {
      case 'start':
        beginStart(action)
        break
      case 'probe':
        void probe(action)
        break
      case 'runHook':
        void hook(action)
        break
      case 'stop': {
        const running = memberOf(action)?.running
        running?.signal(running.stopSignal)
        break
      }
      case 'kill':
        memberOf(action)?.running.signal('SIGKILL')
        break
    }
  }

  function beginStart(action: OfRun): void {
    const begun = start(action).finally(() => starts.delete(begun))
    starts.add(begun)
  }

  async function start({ container, run }: OfRun): Promise<void> {
    try {
      const words = lastWordsOf(await launchOf(specOf(container), run))
      join(await sandbox.start(words.launch), words, { container, run })
    } catch (error) {
      tell({ type: 'startFailed', message: describe(error), container, run })
    }
  }

  function join(running: RunningContainer, words: LastWords, { container, run }: OfRun): void {
    const gone = new AbortController()
    members.set(container, { run, running, gone })
    void running.exited.then((exit) => {
      members.delete(container)
      gone.abort(new Error('the container has ended'))
      const message = words.of(exit)
      tell({ type: 'exited', exitCode: exit.exitCode, ...(message === undefined ? {} : { message }), container, run })
    })
    tell({ type: 'running', container, run })
  }

  async function probe({ container, run, probe: kind }: Extract<PodAction, { do: 'probe' }>): Promise<void> {
    const rules = specOf(container)[`${kind}Probe`]
    const world = worldOf({ container, run })
    if (rules === undefined || world === undefined) return
    const answer = await ask(rules.check, rules.timeoutMs, world)
    tell({ type: 'probed', probe: kind, ...answer, container, run })
  }

  async function hook({ container, run, hook: kind }: Extract<PodAction, { do: 'runHook' }>): Promise<void> {
    const what = specOf(container)[kind]
    const world = worldOf({ container, run })
    if (what === undefined || world === undefined) return
    const answer = await runHook(what, world)
    tell({ type: 'hookDone', hook: kind, ...answer, container, run })
  }

  function worldOf(of: OfRun): AskWorld | undefined {
    const member = memberOf(of)
    if (member === undefined) return undefined
    return { clock, podIp: sandbox.podIp, container: member.running, gone: member.gone.signal }
  }

  function memberOf({ container, run }: OfRun): Member | undefined {
    const member = members.get(container)
    return member?.run === run ? member : undefined
  }

  function specOf(name: string): ContainerSpec {
    const spec = pod.containers.find((container) => container.name === name)
    if (spec === undefined) throw new Error(`the Pod has no container "${name}"`)
    return spec
  }

  async function killAll(): Promise<void> {
    await Promise.all(starts)
    const all = [...members.values()].map(({ running }) => running)
    for (const running of all) running.signal('SIGKILL')
    await Promise.all(all.map(({ exited }) => exited))
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
