/** Shows at each scrape how upstreams and their connections are; nothing is counted in between. */
import type { Metrics } from '@podmates/shared/metrics/metrics.ts'

/** A listener, as far as metrics show it. */
export interface ObservedListener {
  readonly label: string
  readonly connections: number
  /** Since the start: answered that there are too many. */
  readonly refused: number
  /** Since the start: closed unanswered. */
  readonly dropped: number
}

/** An endpoint, as far as metrics show it. */
export interface ObservedEndpoint {
  readonly state: string
  readonly connections: { readonly open: number; readonly idle: number; readonly closedEarly: number }
}

/** An upstream, as far as metrics show it. */
export interface ObservedUpstream {
  readonly label: string
  readonly endpoints: readonly ObservedEndpoint[]
  readonly discovery: { readonly state: string }
  readonly facts: {
    readonly active: number
    readonly left: number
    readonly foundAgoMs: number | undefined
    readonly waiting: number
    readonly isPanic: boolean
    readonly circuit: string
  }
}

/** A destination, as far as metrics show it. */
export interface ObservedDestination {
  readonly upstream: ObservedUpstream
  readonly budget: { readonly balance: number }
}

/** All of `EndpointState`: a series that has gone to 0 must say so. */
const endpointStates = ['healthy', 'slow_start', 'half_open', 'open', 'ejected', 'unhealthy']

/** Gauges of all upstreams. */
export function upstreamMetrics(destinations: readonly ObservedDestination[], metrics: Metrics): void {
  const upstreams = destinations.map(({ upstream }) => upstream)
  const gauge = (name: string, help: string, read: (upstream: ObservedUpstream) => number): void => {
    metrics.gauge(name, help, {
      labels: ['upstream'],
      collect: (all) => {
        for (const upstream of upstreams) all.set({ upstream: upstream.label }, read(upstream))
      },
    })
  }

  metrics.gauge('upstream_connections', 'Open connections to upstreams, busy or idle.', {
    labels: ['upstream', 'state'],
    collect: (all) => {
      for (const { label, endpoints } of upstreams) {
        const idle = sum(endpoints.map(({ connections }) => connections.idle))
        const open = sum(endpoints.map(({ connections }) => connections.open))
        all.set({ upstream: label, state: 'idle' }, idle)
        all.set({ upstream: label, state: 'busy' }, open - idle)
      }
    },
  })
  metrics.gauge('endpoints', 'Endpoints by what they are used for: README.md has the states.', {
    labels: ['upstream', 'state'],
    collect: (all) => {
      for (const { label, endpoints } of upstreams) {
        for (const state of endpointStates) {
          all.set({ upstream: label, state }, endpoints.filter((endpoint) => endpoint.state === state).length)
        }
      }
    },
  })
  gauge('discovery_failing', '1 while the last look-up of an upstream failed.', ({ discovery }) =>
    discovery.state === 'failed' ? 1 : 0,
  )
  metrics.gauge('discovery_age_seconds', 'Since the last look-up that found something, for names.', {
    labels: ['upstream'],
    collect: (all) => {
      for (const { label, facts } of upstreams) {
        if (facts.foundAgoMs !== undefined) all.set({ upstream: label }, facts.foundAgoMs / 1000)
      }
    },
  })
  gauge('upstream_attempts', 'Attempts in flight.', ({ facts }) => facts.active)
  gauge('upstream_attempts_left', 'Attempts more that limits.requests would allow now.', ({ facts }) => facts.left)
  gauge('upstream_queue', 'Requests that wait for a place.', ({ facts }) => facts.waiting)
  gauge('upstream_panic', '1 while so few endpoints are healthy that all are used.', ({ facts }) =>
    facts.isPanic ? 1 : 0,
  )
  gauge('upstream_circuit_open', '1 while no requests are sent to the upstream.', ({ facts }) =>
    facts.circuit === 'open' ? 1 : 0,
  )
  gauge(
    'upstream_idle_closed_early',
    'Kept connections that endpoints have closed before we did, of those known now.',
    ({ endpoints }) => sum(endpoints.map(({ connections }) => connections.closedEarly)),
  )
  metrics.gauge('retry_budget', 'Retries that would be allowed now.', {
    labels: ['upstream'],
    collect: (all) => {
      for (const { upstream, budget } of destinations) all.set({ upstream: upstream.label }, budget.balance)
    },
  })
}

/** Connections of all listeners. */
export function listenerMetrics(listeners: readonly ObservedListener[], metrics: Metrics): void {
  metrics.gauge('client_connections', 'Open connections from clients.', {
    labels: ['listener'],
    collect: (gauge) => {
      for (const { label, connections } of listeners) gauge.set({ listener: label }, connections)
    },
  })
  const counter = (name: string, help: string, read: (listener: ObservedListener) => number): void => {
    const told = new Map<string, number>()
    metrics.counter(name, help, {
      labels: ['listener'],
      collect: (all) => {
        for (const listener of listeners) {
          const { label } = listener
          all.inc({ listener: label }, read(listener) - (told.get(label) ?? 0))
          told.set(label, read(listener))
        }
      },
    })
  }
  counter(
    'client_connections_refused_total',
    'Connections answered with 503 and closed: there were as many as may be.',
    ({ refused }) => refused,
  )
  counter(
    'client_connections_dropped_total',
    'Connections closed unanswered: too many were being refused.',
    ({ dropped }) => dropped,
  )
}

/** The memory that all kept bodies share. */
export function replayMetric(memory: { readonly bytes: number }, metrics: Metrics): void {
  metrics.gauge('replay_bytes', 'Bodies that are kept for another attempt, of limits.replayBytes.', {
    collect: (gauge) => gauge.set(memory.bytes),
  })
}

/** Whether the Pod is about to end. */
export function drainMetric(life: { phase(): string }, metrics: Metrics): void {
  metrics.gauge('draining', '1 from the begin of the drain on.', {
    collect: (gauge) => gauge.set(['draining', 'stopping'].includes(life.phase()) ? 1 : 0),
  })
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
