/** Shows at each scrape how many connections are open and what is known of the endpoints; nothing is counted in between. */
import type { Metrics } from '@podmates/shared/metrics/metrics.ts'

export interface ObservedListener {
  readonly label: string
  readonly connections: number
}

export interface ObservedUpstream {
  readonly label: string
  readonly endpoints: readonly { readonly connections: { readonly open: number; readonly idle: number } }[]
  readonly discovery: { readonly state: string }
}

export function connectionMetrics(
  listeners: readonly ObservedListener[],
  upstreams: readonly ObservedUpstream[],
  metrics: Metrics,
): void {
  metrics.gauge('client_connections', 'Open connections from clients.', {
    labels: ['listener'],
    collect: (gauge) => {
      for (const { label, connections } of listeners) gauge.set({ listener: label }, connections)
    },
  })
  metrics.gauge('upstream_connections', 'Open connections to upstreams, busy or idle.', {
    labels: ['upstream', 'state'],
    collect: (gauge) => {
      for (const { label, endpoints } of upstreams) {
        const idle = sum(endpoints.map((endpoint) => endpoint.connections.idle))
        const open = sum(endpoints.map((endpoint) => endpoint.connections.open))
        gauge.set({ upstream: label, state: 'idle' }, idle)
        gauge.set({ upstream: label, state: 'busy' }, open - idle)
      }
    },
  })
  metrics.gauge('endpoints', 'Endpoints that requests are balanced over.', {
    labels: ['upstream'],
    collect: (gauge) => {
      for (const { label, endpoints } of upstreams) gauge.set({ upstream: label }, endpoints.length)
    },
  })
  metrics.gauge('discovery_failing', '1 while the last look-up of an upstream failed.', {
    labels: ['upstream'],
    collect: (gauge) => {
      for (const { label, discovery } of upstreams) gauge.set({ upstream: label }, discovery.state === 'failed' ? 1 : 0)
    },
  })
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
