/**
 * Which steps may begin: a pure look at the graph that `after` draws. Knows nothing of what a step does, so
 * that every kind of step is ordered alike.
 */

/** A step as far as its order is concerned. */
export interface GraphStep {
  readonly name: string
  /** Names of the steps that must be ready before this one begins. */
  readonly after: readonly string[]
}

/** Steps that wait for each other, found at an entry of `after`. */
export interface Cycle {
  readonly step: string
  readonly index: number
  /** A walk along `after`: its first name is also its last. */
  readonly names: readonly string[]
}

/** How far a step is. A step that failed stays `begun`: nothing may follow it. */
export type StepPhase = 'waiting' | 'begun' | 'ready'

/**
 * Each cycle once. An empty list means that every step can be reached, if each name is that of a step.
 * Walks depth first; meeting a step of the current walk again closes a cycle.
 */
export function cyclesOf(steps: readonly GraphStep[]): Cycle[] {
  const byName = new Map(steps.map((step) => [step.name, step]))
  const found: Cycle[] = []
  const finished = new Set<string>()
  const walk: string[] = []

  const visit = (step: GraphStep): void => {
    walk.push(step.name)
    for (const [index, name] of step.after.entries()) {
      const next = byName.get(name)
      if (next === undefined || finished.has(name)) continue
      const since = walk.indexOf(name)
      if (since === -1) visit(next)
      else found.push({ step: step.name, index, names: [...walk.slice(since), name] })
    }
    walk.pop()
    finished.add(step.name)
  }

  for (const step of byName.values()) if (!finished.has(step.name)) visit(step)
  return found
}

/** The steps that have not begun and have nothing left to wait for, in the order of the plan. */
export function startable<Step extends GraphStep>(
  steps: readonly Step[],
  phases: ReadonlyMap<string, StepPhase>,
): Step[] {
  return steps.filter(
    (step) =>
      (phases.get(step.name) ?? 'waiting') === 'waiting' && step.after.every((name) => phases.get(name) === 'ready'),
  )
}
