/** The ambassador's lines of `podmate status`. */
import type { StatusLine } from '@podmates/shared/admin/status-line.ts'
import type { ObservedEndpoint, ObservedListener, ObservedUpstream } from './upstream-metrics.ts'

export interface StatusListener extends Omit<ObservedListener, 'refused' | 'dropped'> {
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
}

export interface StatusUpstream extends ObservedUpstream {
  readonly endpoints: readonly (ObservedEndpoint & { readonly address: string })[]
}

export function statusLines(listeners: readonly StatusListener[], upstreams: readonly StatusUpstream[]): StatusLine[] {
  return [
    {
      topic: 'listeners',
      text: listeners.map((each) => `${each.label} ${each.address} (${each.connections} connections)`).join(', '),
      facts: {
        listeners: listeners.map(({ label, address, direction, connections }) => ({
          name: label,
          address,
          direction,
          connections,
        })),
      },
    },
    {
      topic: 'upstreams',
      text: upstreams.map((each) => `${each.label} ${summaryOf(each)}`).join(', '),
      facts: { upstreams: upstreams.map(factsOf) },
    },
  ]
}

/** `3 endpoints`, and in brackets what is not as it should be. */
function summaryOf({ endpoints, discovery, facts }: StatusUpstream): string {
  const count = endpoints.length === 1 ? '1 endpoint' : `${endpoints.length} endpoints`
  const states = [...new Set(endpoints.map(({ state }) => state))].filter((state) => state !== 'healthy')
  const remarks = [
    ...states.map((state) => `${endpoints.filter((endpoint) => endpoint.state === state).length} ${state}`),
    ...(facts.isPanic ? ['panic: all are used'] : []),
    ...(facts.circuit === 'closed' ? [] : [`circuit ${facts.circuit}`]),
    ...(facts.waiting > 0 ? [`${facts.waiting} waiting`] : []),
    ...(discovery.state === 'failed' ? ['look-up fails'] : []),
  ]
  return remarks.length === 0 ? count : `${count} (${remarks.join(', ')})`
}

function factsOf({ label, endpoints, discovery, facts }: StatusUpstream) {
  return {
    name: label,
    discovery: discovery.state,
    attempts: facts.active,
    queue: facts.waiting,
    panic: facts.isPanic,
    circuit: facts.circuit,
    endpoints: endpoints.map(({ address, state, connections: { open, idle } }) => ({ address, state, open, idle })),
  }
}
