/** Where a life that the Pod runner played is another than the kubelet's. */
import type { Facts } from './facts.ts'
import { type Golden, momentsIn } from './golden.ts'

/** A kubelet counts waiting in whole seconds. */
const earlyS = 0.9
/** What a machine that is slow adds to a time. */
export const lateSDefault = 1.9

/**
 * @param lateS how much longer than the kubelet's a time may be
 * @returns one line for each fact that does not hold, with what happened instead; none when all do
 */
export function disagreements(golden: Golden, facts: Facts, lateS: number = lateSDefault): string[] {
  return [
    ...outcomes(golden, facts),
    ...order(golden, facts),
    ...surplus(golden, facts),
    ...times(golden, facts, lateS),
  ]
}

function outcomes(golden: Golden, facts: Facts): string[] {
  return [
    ...differing('phases', golden.phases, facts.phases),
    ...differing('end', golden.end, facts.end),
    ...perContainer('ends', golden.runs, facts.runs),
    ...perContainer('notes', golden.notes, facts.notes),
    ...pauses(golden, facts),
  ]
}

/** Runs that one of the two has and the other has not are told by the ends. */
function pauses(golden: Golden, facts: Facts): string[] {
  return Object.entries(golden.pauses).flatMap(([run, expected]) => {
    const found = facts.pauses[run]
    return found === undefined || found === expected
      ? []
      : [`${run} runs after a pause of ${found} s; kubelet: ${expected} s`]
  })
}

type PerContainer = Readonly<Record<string, readonly string[]>>

function perContainer(what: string, expected: PerContainer, found: PerContainer): string[] {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])]
  return names.flatMap((name) => differing(`${name} ${what}`, told(expected[name]), told(found[name])))
}

const told = (list: readonly string[] = []): string => list.join('; ') || 'none'

function differing(what: string, expected: string, found: string): string[] {
  return expected === found ? [] : [`${what}: ${found}; kubelet: ${expected}`]
}

function order({ order }: Golden, { moments }: Facts): string[] {
  const atMs = new Map(moments.map((moment) => [moment.name, moment.atMs]))
  return order.flatMap((fact) => {
    const [before = '', after = ''] = fact.split(' < ')
    const [beforeMs, afterMs] = [atMs.get(before), atMs.get(after)]
    if (beforeMs === undefined || afterMs === undefined)
      return [`${fact}: never "${beforeMs === undefined ? before : after}"`]
    return beforeMs <= afterMs ? [] : [`${fact}: the other way round, by ${Math.round(beforeMs - afterMs)} ms`]
  })
}

/** What no kubelet did in any recording, such as a hook that should not have run. */
function surplus(golden: Golden, { moments }: Facts): string[] {
  const known = momentsIn(golden)
  return moments.filter(({ name }) => !known.has(name)).map(({ name }) => `${name}: never on the kubelet`)
}

function times(golden: Golden, facts: Facts, lateS: number): string[] {
  return Object.entries(golden.times).flatMap(([name, expected]) => {
    const found = facts.times[name]
    if (found === undefined) return [`${name}: never; kubelet: ${expected} s`]
    const agrees = found >= expected - earlyS && found <= expected + lateS
    return agrees ? [] : [`${name}: ${found.toFixed(1)} s; kubelet: ${expected} s`]
  })
}
