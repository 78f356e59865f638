/**
 * What an upstream can be told, in plain numbers. Defaults are in `config.ts`; each field names what
 * Envoy or HAProxy call it.
 */
import type { EndpointSource } from './discovery/discovery.ts'
import type { ConnectionRules } from './endpoint.ts'

export interface UpstreamOptions {
  /** As the configuration calls it. */
  readonly label: string
  readonly source: EndpointSource
  readonly rules: ConnectionRules
  readonly policy: UpstreamPolicy
}

/** How requests are spread over endpoints and kept away from bad ones. */
export interface UpstreamPolicy {
  readonly balancer: BalancerName
  /** Undefined: circuits never open. An ejected endpoint still returns by one probe. */
  readonly breaker: BreakerRules | undefined
  /** Undefined: no endpoint is ejected for its success rate. */
  readonly outlier: OutlierRules | undefined
  readonly limits: PlaceLimits
  /** Undefined: no active checks. */
  readonly health: HealthRules | undefined
  /**
   * 0..1. When a smaller share of the endpoints is healthy, all are used: the few healthy ones would break under
   * the load of all. 0 turns it off. Envoy: healthy_panic_threshold.
   */
  readonly panic: number
  /**
   * Milliseconds, 0 is off. A new or returned endpoint gets a share that grows from a tenth to the whole in this
   * time; endpoints found at the start do not. Envoy: slow_start_window, HAProxy: slowstart.
   */
  readonly slowStartMs: number
}

/**
 * - `p2c`: the less busy of two taken at random. Envoy: LEAST_REQUEST, HAProxy: random(2)
 * - `ewma`: of two, the one with less latency times requests in flight. Linkerd's balancer
 * - `round-robin`: in turn, by weight. Envoy: ROUND_ROBIN, HAProxy: roundrobin
 * - `hash`: the same key to the same endpoint, none above 125 % of its share. Envoy: RING_HASH, HAProxy: hash-balance-factor
 */
export type BalancerName = 'p2c' | 'ewma' | 'round-robin' | 'hash'

/**
 * When the circuit of an endpoint opens, and how it closes again. The circuit of the whole upstream opens by the
 * ratio over all its endpoints, or when the circuit of the last endpoint has opened.
 */
export interface BreakerRules {
  /** Failures in a row that open it, 1 or more. Envoy: consecutive_5xx, HAProxy: error-limit. */
  readonly consecutive: number
  /** Above 0 to 1: the share of failures in the last 10 s that opens it. */
  readonly ratio: number
  /** The ratio counts from this many requests in the last 10 s on, 1 or more. Envoy: failure_percentage_request_volume. */
  readonly minRequests: number
  /** Milliseconds that it is open the first time; doubled each time that the probes fail. */
  readonly openMinMs: number
  /** Milliseconds, at least `openMinMs`: the longest; a Retry-After may ask for more. */
  readonly openMaxMs: number
  /** Requests let through at a time while half open, and how many must succeed to close it, 1 or more. */
  readonly probes: number
}

/** When an endpoint that fails more than the others is ejected. */
export interface OutlierRules {
  /** Milliseconds between two comparisons. Envoy: interval. */
  readonly intervalMs: number
  /** 0..1: the largest share of endpoints out at once, rounded down; never the last healthy one. Envoy: max_ejection_percent. */
  readonly maxEjected: number
  /** Milliseconds of the first ejection; times two for the second in a row, and so on up to 300 s. Envoy: base_ejection_time. */
  readonly baseMs: number
}

/** How much may be in flight, exactly: one process counts, so nothing is approximate. */
export interface PlaceLimits {
  /** Attempts in flight at one endpoint, each on a connection of its own, 1 or more. Envoy: max_connections, HAProxy: maxconn. */
  readonly connections: number
  /** Attempts in flight at the upstream, 1 or more. Envoy: max_requests. */
  readonly requests: number
  /** Attempts that may wait for a place, 0 or more. Envoy: max_pending_requests, HAProxy: maxqueue. */
  readonly queue: number
  /** Milliseconds that one waits at most. HAProxy: timeout queue. */
  readonly queueTimeoutMs: number
}

/** GETs that find out whether an endpoint is well, apart from the requests. */
export interface HealthRules {
  /** Answered with 200..399 by a healthy endpoint. Envoy: http_health_check.path, HAProxy: option httpchk. */
  readonly path: string
  /** Milliseconds between two checks of one endpoint, give or take a tenth. HAProxy: inter. */
  readonly intervalMs: number
  /** Milliseconds for a whole check, connecting included. Envoy: timeout. */
  readonly timeoutMs: number
  /** Bad checks in a row that make a healthy endpoint unhealthy, 1 or more. HAProxy: fall. */
  readonly unhealthy: number
  /** Good checks in a row that make an unhealthy endpoint healthy, 1 or more. HAProxy: rise. */
  readonly healthy: number
}
