/** One try at a target. Nothing is kept from one try to the next: each looks the name up and connects anew. */
import type { LookupFunction } from 'node:net'
import type { Target } from './target.ts'
import { tryHttp } from './try-http.ts'
import { tryTcp } from './try-tcp.ts'

/** `hopeless`: the next try would fail alike, because the mistake lies on our side. */
export type Attempt =
  | { readonly outcome: 'ready' }
  | { readonly outcome: 'not ready' | 'hopeless'; readonly reason: string }

export interface Network {
  /** Finds the addresses of a name as the app would: /etc/hosts and search domains included (getaddrinfo). */
  readonly lookup: LookupFunction
}

/**
 * Tries a target once. Never rejects.
 * @param signal ends the try; the message of its reason becomes the reason of the attempt
 */
export function tryOnce(target: Target, signal: AbortSignal, network: Network): Promise<Attempt> {
  switch (target.kind) {
    case 'tcp':
      return tryTcp(target, signal, network)
    case 'http':
      return tryHttp(target, signal, network)
  }
}
