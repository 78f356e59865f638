/** What changes in an upstream while it runs: each event is worth one log line and one count. */

/**
 * What keeps requests from an endpoint, the strongest first:
 * - `unhealthy`: its health checks fail
 * - `ejected`: its success rate was far below that of the others
 * - `open`: its circuit is open
 * - `half_open`: its circuit lets probes through
 * - `slow_start`: used, with a share that grows
 * - `healthy`: used
 */
export type EndpointState = 'unhealthy' | 'ejected' | 'open' | 'half_open' | 'slow_start' | 'healthy'

export type CircuitState = 'closed' | 'open' | 'half_open'

export type UpstreamEvent =
  | {
      readonly kind: 'endpoint'
      readonly upstream: string
      readonly endpoint: string
      readonly from: EndpointState
      readonly to: EndpointState
      /** Milliseconds until it may return, for `open` and `ejected`. */
      readonly forMs?: number
    }
  | {
      readonly kind: 'breaker'
      readonly upstream: string
      readonly from: CircuitState
      readonly to: CircuitState
      /** Milliseconds until it lets probes through, for `open`. */
      readonly forMs?: number
    }
  | {
      readonly kind: 'panic'
      readonly upstream: string
      /** `begins`: fewer endpoints are healthy than `panic` asks for, so all are used. */
      readonly change: 'begins' | 'ends'
      readonly healthy: number
      readonly endpoints: number
    }
