/** Compares the endpoints in use with those that discovery has found; what stays keeps its connections. */
import { type Address, formatAddress } from '@podmates/shared/config/values/address.ts'

export interface EndpointChange<E> {
  /** The new set in the order found: kept ones as they are, `added` still to be made. */
  readonly kept: readonly E[]
  readonly added: readonly Address[]
  readonly removed: readonly E[]
}

/** @param found duplicates count once */
export function compareEndpoints<E extends { readonly address: string }>(
  current: readonly E[],
  found: readonly Address[],
): EndpointChange<E> {
  const wanted = new Map(found.map((target) => [formatAddress(target), target]))
  const known = new Set(current.map((endpoint) => endpoint.address))
  return {
    kept: current.filter((endpoint) => wanted.has(endpoint.address)),
    added: [...wanted].filter(([address]) => !known.has(address)).map(([, target]) => target),
    removed: current.filter((endpoint) => !wanted.has(endpoint.address)),
  }
}
