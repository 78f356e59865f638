/**
 * Takes the endpoints in turn. The turn begins at random, or all Pods of a deployment would begin with
 * the same endpoint.
 */
import { integerBelow, type Random } from '@podmates/shared/world/random.ts'

/**
 * Chooses the endpoint of one attempt.
 * @param tried endpoints that the request has been to; avoided while there is another
 * @returns undefined only when there is no endpoint at all
 */
export type Balancer<E> = (endpoints: readonly E[], tried: readonly E[]) => E | undefined

export function roundRobin<E>(random: Random): Balancer<E> {
  let turn = integerBelow(random, 2 ** 31)
  return (endpoints, tried) => {
    if (tried.length === 0) turn = (turn + 1) % 2 ** 31
    // A retry takes no turn of its own, or each retry would send the next request to the failing endpoint again.
    for (let step = tried.length; step < tried.length + endpoints.length; step += 1) {
      const endpoint = endpoints[(turn + step) % endpoints.length]
      if (endpoint !== undefined && !tried.includes(endpoint)) return endpoint
    }
    return endpoints[turn % endpoints.length]
  }
}
