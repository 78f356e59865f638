/**
 * Who may ask what. Probes and metrics are for everybody; details and changes are for those inside the Pod.
 * Being on the loopback address is no login: `kubectl port-forward` and a browser put any web page there. So
 * the Host must be an address (a re-bound name is a name), a page of another site is refused, and a change
 * needs a header that no such page can send without asking first (envoyproxy/envoy#2769, CORS preflight).
 */
import { isIP } from 'node:net'
import type { AdminSettings } from './admin-settings.ts'
import type { Refusal } from './answer.ts'

/** How much a path gives away: `open` to everybody, `detail` shows the inside, `change` alters it. */
export type Concern = 'open' | 'detail' | 'change'

/** What of a request decides whether it is admitted. */
export interface Asker {
  /** The address of the other end of the connection; undefined when it has gone already. */
  readonly peer: string | undefined
  readonly host: string | undefined
  readonly origin: string | undefined
  readonly secFetchSite: string | undefined
  /** The header `podmates`. */
  readonly mark: string | undefined
}

type Rules = Pick<AdminSettings, 'readOnly' | 'peers'>

/** @returns undefined when the request may be answered */
export function refusalFor(concern: Concern, asker: Asker, rules: Rules): Refusal | undefined {
  switch (concern) {
    case 'open':
      return undefined
    case 'detail':
      return outsider(asker, rules)
    case 'change':
      return outsider(asker, rules) ?? unmarked(asker) ?? readOnly(rules)
  }
}

function outsider({ peer, host, origin, secFetchSite }: Asker, { peers }: Rules): Refusal | undefined {
  if (peers === 'loopback' && !isLoopback(peer)) {
    const detail = `asked from ${peer ?? 'an unknown address'}; use podmate inside the container, or kubectl port-forward`
    return { status: 403, code: 'PM1105', detail }
  }
  if (!isAddressOrLocalhost(host)) {
    return { status: 403, code: 'PM1106', detail: `asked for the host ${JSON.stringify(host ?? '')}` }
  }
  const isForeign = secFetchSite !== undefined && secFetchSite !== 'same-origin' && secFetchSite !== 'none'
  if (isForeign || (origin !== undefined && origin !== `http://${host}`)) {
    return { status: 403, code: 'PM1107', detail: `sent by a page of ${origin ?? 'another site'}` }
  }
  return undefined
}

function unmarked({ mark }: Asker): Refusal | undefined {
  return mark === '1'
    ? undefined
    : { status: 403, code: 'PM1108', detail: 'podmate sends this header; with other clients add "podmates: 1"' }
}

function readOnly(rules: Rules): Refusal | undefined {
  return rules.readOnly ? { status: 403, code: 'PM1109', detail: 'admin.readOnly is true' } : undefined
}

/** 127.0.0.0/8 and ::1; an IPv4 peer of a dual-stack socket shows as ::ffff:127.0.0.1. */
function isLoopback(peer: string | undefined): boolean {
  const address = peer?.replace(/^::ffff:/, '')
  return address === '::1' || (address?.startsWith('127.') ?? false)
}

/** Whether a Host header names an IP address or localhost, with or without a port. */
function isAddressOrLocalhost(host: string | undefined): boolean {
  const name = /^\[([^\]]*)\](?::\d+)?$/.exec(host ?? '')?.[1] ?? host?.replace(/:\d+$/, '') ?? ''
  return name === 'localhost' || isIP(name) !== 0
}
