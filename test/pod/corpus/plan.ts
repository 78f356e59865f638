/** What is done with a Pod of the corpus once it was created; its manifest says so in an annotation. */
import type { ContainerEntry, TimelineEntry } from '../timeline/timeline.ts'

export const planAnnotation = 'podmates.dev/plan'

export type Plan =
  | { readonly kind: 'ends by itself' }
  | {
      readonly kind: 'delete'
      readonly afterMs: number
      readonly milestone: Milestone
      /** Without it the Pod's own. */
      readonly graceSeconds?: number
    }

/** Something that happens to a container, in one of its runs. */
export interface Milestone {
  readonly container: string
  readonly what: ContainerEntry['what']
  /** 0 for the first. */
  readonly run: number
}

const verbs: Readonly<Record<string, ContainerEntry['what']>> = {
  runs: 'running',
  'has started': 'started',
  'is ready': 'ready',
  exits: 'exited',
  'cannot start': 'startFailed',
}

const sentence = new RegExp(
  `^delete (\\d+) s after ([a-z0-9-]+?)(?:#([2-9]))? (${Object.keys(verbs).join('|')})(?:, with (\\d+) s of grace)?$`,
)

/**
 * `ends by itself`, or `delete 2 s after app#2 runs, with 1 s of grace`, where `#2` is the second run.
 * @throws Error for any other sentence
 */
export function readPlan(text: string | undefined): Plan {
  if (text === 'ends by itself') return { kind: text }
  const [, after, container, run = '1', verb, grace] = sentence.exec(text ?? '') ?? []
  const what = verb === undefined ? undefined : verbs[verb]
  if (container === undefined || what === undefined)
    throw new Error(
      `${planAnnotation}: expected "ends by itself" or "delete 1 s after app ${Object.keys(verbs).join('|')}", found ${JSON.stringify(text)}`,
    )
  return {
    kind: 'delete',
    afterMs: Number(after) * 1000,
    milestone: { container, what, run: Number(run) - 1 },
    ...(grace !== undefined && { graceSeconds: Number(grace) }),
  }
}

export function isReached({ container, what, run }: Milestone, entries: readonly TimelineEntry[]): boolean {
  return entries.some(
    (entry) => 'container' in entry && entry.container === container && entry.run === run && entry.what === what,
  )
}
