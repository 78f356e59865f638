/**
 * Takes the candidates in turn, each as often as its weight says and evenly spread (nginx calls it smooth):
 * a, a, b, a, a, c rather than a, a, a, a, b, c. The turn begins at random, or all Pods of a deployment
 * would begin with the same endpoint.
 */
import type { Random } from '@podmates/shared/world/random.ts'
import type { Balanced, Balancer } from './balancer.ts'

export function roundRobin<E extends Balanced>(random: Random): Balancer<E> {
  /** What each is owed; the one that is owed most is next. */
  const owed = new WeakMap<E, number>()
  // Hot: what the present candidates are owed, beside them; by the map, 50 endpoints cost 0.8 us more for each request.
  let present: readonly E[] = []
  let presentOwed = new Float64Array(0)

  return {
    onEndpoints: () => undefined,
    pick: (candidates, { tried }) => {
      if (candidates !== present) bringIn(candidates)
      let next = 0
      let most = Number.NEGATIVE_INFINITY
      let total = 0
      // A retry takes no turn of its own, or each retry would send the next request to the failing endpoint again.
      const takesTurn = tried.length === 0
      for (let at = 0; at < candidates.length; at += 1) {
        const weight = candidates[at]?.presentWeight ?? 0
        const due = (presentOwed[at] ?? 0) + weight
        if (takesTurn) presentOwed[at] = due
        total += weight
        if (due > most) {
          most = due
          next = at
        }
      }
      if (takesTurn) presentOwed[next] = most - total
      return candidates[next]
    },
  }

  /** The candidates are a new list when something has changed, and for a retry. */
  function bringIn(candidates: readonly E[]): void {
    present.forEach((endpoint, at) => {
      owed.set(endpoint, presentOwed[at] ?? 0)
    })
    present = candidates
    presentOwed = Float64Array.from(candidates, (endpoint) => owed.get(endpoint) ?? random.next() * endpoint.weight)
  }
}
