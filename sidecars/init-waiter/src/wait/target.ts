/**
 * What can be waited for, and how a person writes it. A kind that CONFIG.md promises but this version does
 * not have is refused by name, because "unknown" would send the reader looking for a typing mistake.
 */
import { formatAddress, parseAddress } from '@podmates/shared/config/values/address.ts'
import type { StatusRange } from './status-ranges.ts'

export type Target =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | {
      readonly kind: 'http'
      /** `http:` or `https:`, checked when the configuration was read. */
      readonly url: string
      /** The statuses that mean ready. */
      readonly status: readonly StatusRange[]
      /** A PEM file with the authorities to trust in place of the well-known ones. */
      readonly ca?: string | undefined
    }

/** What stands in the configuration: a URL that has been read, or a block about an HTTP target. */
export type WaitEntry =
  | Target
  | { readonly http: string; readonly status: readonly StatusRange[]; readonly ca?: string | undefined }

/** Any answer that is neither a client's nor a server's error. */
export const statusDefault: readonly StatusRange[] = [{ from: 200, to: 399 }]

const kindsToCome = ['postgres', 'postgresql', 'mysql', 'redis', 'rediss', 'amqp', 'amqps', 'nats', 'mongodb', 'dns']

export type TargetReading =
  | { readonly ok: true; readonly target: Target }
  | { readonly ok: false; readonly problem: 'not supported yet'; readonly scheme: string }
  | { readonly ok: false; readonly problem: 'unreadable'; readonly hint?: string }

/** Reads `tcp://db:5432` or `http://auth:8080/healthz`. Never throws. */
export function readTarget(notation: string): TargetReading {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):(?:\/\/)?(.*)$/i.exec(notation) ?? []
  const kind = scheme.toLowerCase()
  if (kind === 'tcp') return tcpTarget(rest)
  if (kind === 'http' || kind === 'https') return httpTarget(notation)
  if (kindsToCome.includes(kind)) return { ok: false, problem: 'not supported yet', scheme: kind }
  if (parseAddress(notation) === undefined) return { ok: false, problem: 'unreadable' }
  return { ok: false, problem: 'unreadable', hint: `add the protocol: tcp://${notation}` }
}

function tcpTarget(rest: string): TargetReading {
  const address = parseAddress(rest)
  if (address === undefined || 'path' in address || address.port === 0) return { ok: false, problem: 'unreadable' }
  return { ok: true, target: { kind: 'tcp', ...address } }
}

function httpTarget(url: string): TargetReading {
  const isWhole = /^https?:\/\/[^/?#]/i.test(url) && URL.canParse(url)
  return isWhole
    ? { ok: true, target: { kind: 'http', url, status: statusDefault } }
    : { ok: false, problem: 'unreadable' }
}

/** The target that a configuration means. */
export function targetOf(entry: WaitEntry): Target {
  return 'kind' in entry ? entry : { kind: 'http', url: entry.http, status: entry.status, ca: entry.ca }
}

/** The target for logs and tables: without the user, the password and the query of a URL, which may be secrets. */
export function showTarget(target: Target): string {
  if (target.kind === 'tcp') return `tcp://${formatAddress(target)}`
  const { protocol, host, pathname, search } = new URL(target.url)
  return `${protocol}//${host}${pathname}${search === '' ? '' : '?...'}`
}
