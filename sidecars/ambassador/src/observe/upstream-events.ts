/** Tells of what changes in upstreams: one log line and one count for each change. */
import type { Logger } from '@podmates/shared/log/logger.ts'
import type { Metrics } from '@podmates/shared/metrics/metrics.ts'

/** As `upstream/upstream-event.ts` has it. */
export type ObservedEvent = { readonly upstream: string } & (
  | {
      readonly kind: 'endpoint'
      readonly endpoint: string
      readonly from: string
      readonly to: string
      readonly forMs?: number
    }
  | { readonly kind: 'breaker'; readonly from: string; readonly to: string; readonly forMs?: number }
  | { readonly kind: 'panic'; readonly change: 'begins' | 'ends'; readonly healthy: number; readonly endpoints: number }
)

/** States in which no requests are sent, or fewer. */
const bad = new Set(['unhealthy', 'ejected', 'open', 'begins'])

export function upstreamEvents(log: Logger, metrics: Metrics): (event: ObservedEvent) => void {
  const changes = metrics.counter('upstream_changes_total', 'Changes of endpoints, circuits and panic, by what came.', {
    labels: ['upstream', 'kind', 'to'],
  })
  return (event) => {
    const { upstream, kind } = event
    const to = event.kind === 'panic' ? event.change : event.to
    changes.inc({ upstream, kind, to })
    const fields = fieldsOf(event)
    if (bad.has(to)) log.warn(fields, messages[kind])
    else log.info(fields, messages[kind])
  }
}

const messages = {
  endpoint: 'an endpoint changed its state',
  breaker: 'the circuit of an upstream changed its state',
  panic: 'the use of unhealthy endpoints began or ended',
}

function fieldsOf(event: ObservedEvent) {
  switch (event.kind) {
    case 'endpoint': {
      const { upstream, endpoint, from, to, forMs } = event
      return { upstream, endpoint, from, to, ...lasting(forMs) }
    }
    case 'breaker': {
      const { upstream, from, to, forMs } = event
      return { upstream, from, to, ...lasting(forMs) }
    }
    case 'panic': {
      const { upstream, change, healthy, endpoints } = event
      return { upstream, panic: change, healthy, endpoints }
    }
  }
}

function lasting(forMs: number | undefined): { for_ms?: number } {
  return forMs === undefined ? {} : { for_ms: Math.round(forMs) }
}
