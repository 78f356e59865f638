/** Where an upstream's endpoints come from: a fixed list is known at once, a name is looked up again and again. */
import type { Address, TcpAddress } from '@podmates/shared/config/values/address.ts'

/** An endpoint as the configuration lists it; without a weight it is 1. */
export type ListedEndpoint = Address | { readonly address: Address; readonly weight: number }

/** Exactly one of them is given. */
export interface EndpointSource {
  readonly endpoints?: readonly ListedEndpoint[] | undefined
  readonly dns?: TcpAddress | undefined
}

/** What discovery has found. */
export interface FoundEndpoint {
  readonly target: Address
  /** Above 0: its share of the requests against the others'. Envoy: load_balancing_weight. */
  readonly weight: number
}

export interface Discovery {
  /** Resolves after the first answer, or soon without it. */
  start(signal: AbortSignal): Promise<void>
  stop(): void
}

/** Who wants to know. */
export interface DiscoveryTarget {
  /** The upstream, as the configuration calls it. */
  readonly label: string
  /** These are all endpoints now. */
  onFound(found: readonly FoundEndpoint[]): void
  /** Nothing new is known. @param code the system's, such as ENOTFOUND */
  onFailed(code: string): void
}

export function staticDiscovery(listed: readonly ListedEndpoint[], target: DiscoveryTarget): Discovery {
  return { start: async () => target.onFound(listed.map(foundIn)), stop: () => undefined }
}

function foundIn(listed: ListedEndpoint): FoundEndpoint {
  return 'address' in listed ? { target: listed.address, weight: listed.weight } : { target: listed, weight: 1 }
}
