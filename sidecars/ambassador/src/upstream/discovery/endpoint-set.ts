/** Compares the endpoints in use with those that discovery has found; what stays keeps its connections and all that is known of it. */
import { formatAddress } from '@podmates/shared/config/values/address.ts'
import type { FoundEndpoint } from './discovery.ts'

export interface EndpointChange<E> {
  /** The new set in the order found: kept ones as they are, `added` still to be made. */
  readonly kept: readonly E[]
  readonly added: readonly FoundEndpoint[]
  readonly removed: readonly E[]
}

/** @param found duplicates count once, the last of them */
export function compareEndpoints<E extends { readonly address: string }>(
  current: readonly E[],
  found: readonly FoundEndpoint[],
): EndpointChange<E> {
  const wanted = new Map(found.map((each) => [formatAddress(each.target), each]))
  const known = new Set(current.map((endpoint) => endpoint.address))
  return {
    kept: current.filter((endpoint) => wanted.has(endpoint.address)),
    added: [...wanted].filter(([address]) => !known.has(address)).map(([, each]) => each),
    removed: current.filter((endpoint) => !wanted.has(endpoint.address)),
  }
}
