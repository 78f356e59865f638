/**
 * Takes the candidates in turn, each as often as its weight says and evenly spread (nginx calls it smooth):
 * a, a, b, a, a, c rather than a, a, a, a, b, c. The turn begins at random, or all Pods of a deployment
 * would begin with the same endpoint.
 */
import type { Random } from '@podmates/shared/world/random.ts'
import type { Balanced, Balancer } from './balancer.ts'

export function roundRobin<E extends Balanced>(random: Random): Balancer<E> {
  /** What each is owed; the one that is owed most is next. */
  let owed = new Map<E, number>()

  return {
    onEndpoints: (all) => {
      owed = new Map(all.map((endpoint) => [endpoint, owed.get(endpoint) ?? random.next() * endpoint.weight]))
    },
    pick: (candidates, { tried }) => {
      let next: E | undefined
      let most = Number.NEGATIVE_INFINITY
      let total = 0
      // A retry takes no turn of its own, or each retry would send the next request to the failing endpoint again.
      const takesTurn = tried.length === 0
      for (const endpoint of candidates) {
        const weight = endpoint.presentWeight
        const due = (owed.get(endpoint) ?? 0) + weight
        if (takesTurn) owed.set(endpoint, due)
        total += weight
        if (due > most) {
          most = due
          next = endpoint
        }
      }
      if (next !== undefined && takesTurn) owed.set(next, most - total)
      return next
    },
  }
}
