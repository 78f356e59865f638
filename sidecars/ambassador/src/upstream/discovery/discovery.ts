/** Where an upstream's endpoints come from: a fixed list is known at once, a name is looked up again and again. */
import type { Address, TcpAddress } from '@podmates/shared/config/values/address.ts'

/** Exactly one of them is given. */
export interface EndpointSource {
  readonly endpoints?: readonly Address[] | undefined
  readonly dns?: TcpAddress | undefined
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
  onFound(addresses: readonly Address[]): void
  /** Nothing new is known. @param code the system's, such as ENOTFOUND */
  onFailed(code: string): void
}

export function staticDiscovery(endpoints: readonly Address[], target: DiscoveryTarget): Discovery {
  return { start: async () => target.onFound(endpoints), stop: () => undefined }
}
