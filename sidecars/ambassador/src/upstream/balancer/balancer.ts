/** What every balancer keeps to: it takes one of the candidates, and knows no more of them than this. */

/** An endpoint as a balancer sees it. */
export interface Balanced {
  /** The same in every Pod, so that hash rings agree. */
  readonly address: string
  /** Attempts in flight. */
  readonly active: number
  /** Above 0: its present share against the others'; below `weight` while it starts slowly. */
  readonly presentWeight: number
  /** As configured. */
  readonly weight: number
  /** Milliseconds that an answer is expected to take, failures included as very slow ones. */
  readonly expectedMs: number
}

/** What a balancer may know of the attempt. */
export interface BalancerAsk {
  readonly hashKey: string | undefined
  /** Not empty: a retry. The candidates are without them already. */
  readonly tried: readonly unknown[]
}

export interface Balancer<E extends Balanced> {
  /** These are all endpoints now, whatever their state; told before any of them is a candidate. */
  onEndpoints(all: readonly E[]): void
  /** @returns undefined only when there is no candidate */
  pick(candidates: readonly E[], ask: BalancerAsk): E | undefined
}
