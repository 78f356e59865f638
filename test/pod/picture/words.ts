/** The picture in words: its heading, and for those who cannot see it what each container did. */
import type { TerminationReason, Timeline } from '../timeline/timeline.ts'
import type { GraceBudget } from './grace.ts'
import type { Life } from './lives.ts'

export const roleNames = { init: 'init container', sidecar: 'sidecar', app: 'app' } as const

const podCharactersMax = 44
const nameCharactersMax = 15

export function heading({ pod }: Timeline): string {
  return `The life of the Pod ${shorten(pod, podCharactersMax)}`
}

/** A container's name, as much of it as its column has room for. */
export const shortName = (name: string): string => shorten(name, nameCharactersMax)

const shorten = (name: string, charactersMax: number): string =>
  name.length > charactersMax ? `${name.slice(0, charactersMax - 1)}…` : name

/** Why the Pod ends, over the line where that begins. */
export const reasonWords: Readonly<Record<TerminationReason, string>> = {
  Deleted: 'deleted',
  Completed: 'the apps are done',
  InitFailed: 'an init container failed',
  SandboxLost: 'sandbox lost',
  DeadlineExceeded: 'out of time',
  BackoffLimitExceeded: 'too many restarts',
}

/** Where and when it was recorded, what became of it. */
export function subheading({ driver, startedAt, entries }: Timeline): string {
  const where =
    driver === 'process' || driver === 'docker' ? `by the Pod runner, ${driver} driver` : `from the ${driver}`
  const phase = entries.findLast((entry) => entry.what === 'phase')
  return `Recorded ${where}, ${startedAt.slice(0, 10)}. Its end: ${phase?.what === 'phase' ? phase.phase : 'none yet'}.`
}

export function graceWords({ budgetMs, usedMs }: GraceBudget): string {
  const budget = `${budgetMs / 1000} s`
  return usedMs > budgetMs
    ? `${budget}, used up; over after ${seconds(usedMs)}`
    : `${seconds(usedMs)} of ${budget} used`
}

export function description(lives: readonly Life[], grace: GraceBudget | undefined): string {
  const each = lives.map(
    (life) => `${life.name} (${roleNames[life.role]}): ${factsOf(life).join(', ') || 'never started'}.`,
  )
  return [...each, ...(grace === undefined ? [] : [`Grace period: ${graceWords(grace)}.`])].join(' ')
}

function factsOf({ startingMs, role, openedMs, readyMs, restarts, moments, stopSignalMs, exited }: Life): string[] {
  const preStop = moments.findLast(({ what }) => what === 'preStop')
  const killed = moments.findLast(({ what }) => what === 'killed')
  return [
    startingMs === undefined ? [] : [`begins at ${seconds(startingMs)}`],
    openedMs === undefined || role === 'init' ? [] : [`started at ${seconds(openedMs)}`],
    readyMs === undefined ? [] : [`ready at ${seconds(readyMs)}`],
    restarts === 0 ? [] : [`restarted ${restarts === 1 ? 'once' : `${restarts} times`}`],
    preStop === undefined ? [] : [`preStop at ${seconds(preStop.atMs)}`],
    stopSignalMs === undefined ? [] : [`stop signal at ${seconds(stopSignalMs)}`],
    killed === undefined ? [] : [`SIGKILL at ${seconds(killed.atMs)}`],
    exited === undefined ? [] : [`exit code ${exited.exitCode} at ${seconds(exited.atMs)}`],
  ].flat()
}

/** `1.2 s`: a tenth is what the eye sees. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
