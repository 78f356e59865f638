import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cyclesOf, type GraphStep, type StepPhase, startable } from './step-graph.ts'

const step = (name: string, ...after: string[]): GraphStep => ({ name, after })

/** Any graph over at most eight steps, cycles and self-references included. */
const anyGraph = fc.integer({ min: 1, max: 8 }).chain((size) => {
  const names = Array.from({ length: size }, (_, index) => `s${index}`)
  return fc
    .tuple(...names.map(() => fc.uniqueArray(fc.constantFrom(...names), { maxLength: 4 })))
    .map((afters) => names.map((name, index) => step(name, ...(afters[index] ?? []))))
})

/** A graph whose steps come only after steps before them in the list, then shuffled. */
const graphWithoutCycle = anyGraph
  .map((steps) =>
    steps.map(({ name, after }, index) =>
      step(name, ...after.filter((other) => steps.findIndex((candidate) => candidate.name === other) < index)),
    ),
  )
  .chain((steps) => fc.shuffledSubarray(steps, { minLength: steps.length }))

/** Begins and finishes everything that can begin, round after round. @returns the names in that order */
function runAll(steps: readonly GraphStep[]): string[] {
  const phases = new Map<string, StepPhase>()
  const order: string[] = []
  for (let round = startable(steps, phases); round.length > 0; round = startable(steps, phases)) {
    for (const { name } of round) {
      phases.set(name, 'ready')
      order.push(name)
    }
  }
  return order
}

describe('cyclesOf', () => {
  it.each([
    { graph: [step('a'), step('b', 'a'), step('c', 'a', 'b')], cycles: [] },
    { graph: [step('a', 'a')], cycles: [{ step: 'a', index: 0, names: ['a', 'a'] }] },
    {
      graph: [step('a', 'b'), step('b', 'c'), step('c', 'a')],
      cycles: [{ step: 'c', index: 0, names: ['a', 'b', 'c', 'a'] }],
    },
    {
      graph: [step('start', 'a'), step('a', 'x', 'b'), step('b', 'a'), step('x')],
      cycles: [{ step: 'b', index: 0, names: ['a', 'b', 'a'] }],
    },
  ])('finds $cycles.length cycles in $graph', ({ graph, cycles }) => {
    expect(cyclesOf(graph)).toEqual(cycles)
  })

  it('reports a cycle exactly when some steps could never begin', () => {
    fc.assert(
      fc.property(anyGraph, (steps) => {
        expect(cyclesOf(steps).length > 0).toBe(runAll(steps).length < steps.length)
      }),
    )
  })

  it('reports as a cycle only a walk that follows `after` and closes', () => {
    fc.assert(
      fc.property(anyGraph, (steps) => {
        for (const { names } of cyclesOf(steps)) {
          expect(names[0]).toBe(names.at(-1))
          names.slice(0, -1).forEach((name, index) => {
            expect(steps.find((candidate) => candidate.name === name)?.after).toContain(names[index + 1])
          })
        }
      }),
    )
  })
})

describe('startable', () => {
  it('begins every step of a plan without a cycle, each after those it names', () => {
    fc.assert(
      fc.property(graphWithoutCycle, (steps) => {
        const order = runAll(steps)
        expect(order.toSorted()).toEqual(steps.map(({ name }) => name).toSorted())
        for (const { name, after } of steps) {
          for (const earlier of after) expect(order.indexOf(earlier)).toBeLessThan(order.indexOf(name))
        }
      }),
    )
  })

  it('does not begin a step while one that it comes after has only begun', () => {
    const steps = [step('db'), step('schema', 'db')]
    expect(startable(steps, new Map([['db', 'begun']]))).toEqual([])
    expect(startable(steps, new Map([['db', 'ready']]))).toEqual([step('schema', 'db')])
  })
})
