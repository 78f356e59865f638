/** What several recordings of one Pod on a real kubelet have in common: the golden file beside its manifest. */
import { parse, stringify } from 'yaml'
import type { Facts } from './facts.ts'
import { type Moment, runName } from './moments.ts'

export interface Golden {
  /** Of the kubelet, such as `v1.33.13`. */
  readonly kubernetes: string
  /** How many lives were recorded; only what held in all of them stands here. */
  readonly recordings: number
  readonly phases: string
  readonly end: string
  readonly runs: Facts['runs']
  readonly notes: Facts['notes']
  readonly pauses: Facts['pauses']
  /** `gate has started < app runs`; what follows from two others is left out. */
  readonly order: readonly string[]
  /** Whole seconds. */
  readonly times: Readonly<Record<string, number>>
  /** Moments that every or some recording had, but too close to all others to have an order. */
  readonly besides?: readonly string[]
  /** Times that were no facts, because they differed too much: the node was busy, or the manifest leaves them open. */
  readonly varying?: readonly string[]
}

/** Two moments that lie closer together than this in one of the recordings have no order. */
const apartMs = 300
/** A time that varies more than this between recordings is none. */
const spreadMaxS = 1.5

const head = `# What a real kubelet did with this Pod: written by "npm run e2e -- --record", never by hand.\n`

/**
 * @throws Error when nothing was recorded, and with the difference when two recordings had another outcome: then the
 * manifest leaves it to chance
 */
export function goldenOf(kubernetes: string, lives: readonly Facts[]): Golden {
  const [first] = lives
  if (first === undefined) throw new Error('nothing was recorded')
  for (const outcome of ['phases', 'end', 'runs', 'notes', 'pauses'] as const) {
    const seen = [...new Set(lives.map((each) => JSON.stringify(each[outcome])))]
    if (seen.length > 1) throw new Error(`${outcome} differ between recordings: ${seen.join(' and ')}`)
  }
  const golden: Golden = {
    kubernetes,
    recordings: lives.length,
    phases: first.phases,
    end: first.end,
    runs: first.runs,
    notes: first.notes,
    pauses: first.pauses,
    order: orderOf(lives.map(({ moments }) => moments)),
    ...timesOf(lives.map(({ times }) => times)),
  }
  const told = momentsIn(golden)
  const besides = new Set(
    lives.flatMap(({ moments }) => moments.map(({ name }) => name)).filter((name) => !told.has(name)),
  )
  return besides.size === 0 ? golden : { ...golden, besides: [...besides] }
}

/** The names of all moments that a golden file tells of, in whatever part of it. */
export function momentsIn({ end, runs, order, times, besides = [], varying = [] }: Golden): ReadonlySet<string> {
  const ofRuns = Object.entries(runs).flatMap(([container, ends]) =>
    ends.flatMap((outcome, run) => {
      const name = runName({ container, run })
      if (outcome.startsWith('exits ')) return [`${name} runs`, `${name} exits`]
      return outcome === 'runs on' ? [`${name} runs`] : []
    }),
  )
  const ofTimes = [...Object.keys(times), ...varying].map((text) =>
    text.replace(/, (into the end|after its signal)(:.*)?$/, ''),
  )
  const ofOrder = order.flatMap((fact) => fact.split(' < '))
  return new Set([...ofRuns, ...ofTimes, ...ofOrder, ...besides, ...(end === 'Deleted' ? ['deletion'] : [])])
}

export function writeGolden(golden: Golden): string {
  return head + stringify(golden, { lineWidth: 0 })
}

export function readGolden(text: string): Golden {
  return parse(text) as Golden
}

/** The pairs that every recording has in the same order and well apart, without those that follow from others. */
function orderOf(lives: readonly (readonly Moment[])[]): string[] {
  const [first = []] = lives
  const times = lives.map((moments) => new Map(moments.map(({ name, atMs }) => [name, atMs])))
  const names = first.map(({ name }) => name).filter((name) => times.every((each) => each.has(name)))
  const isBefore = (a: string, b: string): boolean =>
    times.every((each) => (each.get(b) as number) - (each.get(a) as number) >= apartMs)
  return names.flatMap((a) =>
    names
      .filter((b) => isBefore(a, b) && !names.some((between) => isBefore(a, between) && isBefore(between, b)))
      .map((b) => `${a} < ${b}`),
  )
}

function timesOf(lives: readonly Facts['times'][]): Pick<Golden, 'times' | 'varying'> {
  const [first = {}] = lives
  const times: Record<string, number> = {}
  const varying: string[] = []
  for (const name of Object.keys(first)) {
    const values = lives.map((each) => each[name]).filter((value) => value !== undefined)
    const [least, most] = [Math.min(...values), Math.max(...values)]
    if (values.length === lives.length && most - least <= spreadMaxS) times[name] = Math.round(Math.max(0, least))
    else varying.push(`${name}: ${values.map((value) => value.toFixed(1)).join(', ')} s`)
  }
  return { times, ...(varying.length > 0 && { varying }) }
}
