/**
 * The better of two candidates taken at random: nearly as good as the best of all, at the cost of two, and
 * without the herd that all Pods would form at the best one (Mitzenmacher, The Power of Two Choices, 1996).
 */
import { integerBelow, type Random } from '@podmates/shared/world/random.ts'
import type { Balanced, Balancer } from './balancer.ts'

/** The less busy of the two, by weight. Of two idle ones the first is taken, which was drawn by weight. */
export function leastRequest<E extends Balanced>(random: Random): Balancer<E> {
  let weightMax = 1
  return {
    onEndpoints: (all) => {
      weightMax = Math.max(...all.map(({ weight }) => weight))
    },
    pick: (candidates) => {
      const first = drawByWeight(candidates, weightMax, random)
      const second = drawOther(candidates, first, random)
      const one = candidates[first]
      const other = candidates[second]
      if (one === undefined || other === undefined) return one
      return other.active / other.presentWeight < one.active / one.presentWeight ? other : one
    },
  }
}

/** The one with the lower cost: expected latency, times what is in flight with the new one, by weight. */
export function leastLatency<E extends Balanced>(random: Random): Balancer<E> {
  return {
    onEndpoints: () => undefined,
    pick: (candidates) => {
      const first = integerBelow(random, candidates.length)
      const one = candidates[first]
      const other = candidates[drawOther(candidates, first, random)]
      if (one === undefined || other === undefined) return one
      return latencyCost(other) < latencyCost(one) ? other : one
    },
  }
}

function latencyCost({ expectedMs, active, presentWeight }: Balanced): number {
  return (expectedMs * (active + 1)) / presentWeight
}

/** Weights that differ more than this are drawn less exactly. */
const drawsMax = 64

/** Draws until one is kept; it is kept as often as its weight is a share of the largest. One draw when all are equal. */
function drawByWeight(candidates: readonly Balanced[], weightMax: number, random: Random): number {
  let at = integerBelow(random, candidates.length)
  for (let draw = 1; draw < drawsMax; draw += 1) {
    const weight = candidates[at]?.presentWeight ?? weightMax
    if (weight >= weightMax || random.next() * weightMax < weight) return at
    at = integerBelow(random, candidates.length)
  }
  return at
}

/** Another place than `first`, each as likely; `candidates.length` when there is none. */
function drawOther(candidates: readonly unknown[], first: number, random: Random): number {
  if (candidates.length < 2) return candidates.length
  const at = integerBelow(random, candidates.length - 1)
  return at < first ? at : at + 1
}
