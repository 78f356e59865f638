/** The balancers by the names that the configuration has for them. */
import type { Random } from '@podmates/shared/world/random.ts'
import type { BalancerName } from '../upstream-options.ts'
import type { Balanced, Balancer } from './balancer.ts'
import { hashRing } from './hash-ring.ts'
import { roundRobin } from './round-robin.ts'
import { leastLatency, leastRequest } from './two-choices.ts'

export function createBalancer<E extends Balanced>(name: BalancerName, random: Random): Balancer<E> {
  switch (name) {
    case 'p2c':
      return leastRequest(random)
    case 'ewma':
      return leastLatency(random)
    case 'round-robin':
      return roundRobin(random)
    case 'hash':
      return hashRing(random)
  }
}
