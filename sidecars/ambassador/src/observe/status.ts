/** The ambassador's lines of `podmate status`. */
import type { StatusLine } from '@podmates/shared/admin/status-line.ts'
import type { ObservedListener, ObservedUpstream } from './connection-metrics.ts'

export interface StatusListener extends ObservedListener {
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
}

export interface StatusUpstream extends ObservedUpstream {
  readonly endpoints: readonly (ObservedUpstream['endpoints'][number] & { readonly address: string })[]
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
      text: upstreams.map((each) => `${each.label} ${endpointCount(each)}`).join(', '),
      facts: {
        upstreams: upstreams.map(({ label, endpoints, discovery }) => ({
          name: label,
          discovery: discovery.state,
          endpoints: endpoints.map(({ address, connections }) => ({ address, ...connections })),
        })),
      },
    },
  ]
}

function endpointCount({ endpoints, discovery }: StatusUpstream): string {
  const count = endpoints.length === 1 ? '1 endpoint' : `${endpoints.length} endpoints`
  return discovery.state === 'failed' ? `${count} (look-up fails)` : count
}
