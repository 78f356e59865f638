/**
 * Addresses to listen on or to connect to: `host:port`, `[::1]:80`, `unix:/path`. The host stays a name:
 * nothing is looked up here.
 */
import { isIPv6 } from 'node:net'
import { type ValueType, valueType } from '../value-type.ts'

export type Address = { readonly host: string; readonly port: number } | { readonly path: string }

/** The longest path of a unix socket: sun_path has 108 bytes, the last one is NUL (unix(7)). */
const unixPathBytesMax = 107

const hostPattern = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/

/** Reads `host:port`, `[ipv6]:port`, `unix:/path`. @returns undefined when it is none of them. Never throws. */
export function parseAddress(text: string): Address | undefined {
  if (text.startsWith('unix:')) return parseUnixPath(text.slice('unix:'.length))
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text)
  if (match === null) return undefined
  const [, ipv6, name = '', digits] = match
  const port = Number(digits)
  if (port > 65_535) return undefined
  if (ipv6 !== undefined) return isIPv6(ipv6) ? { host: ipv6, port } : undefined
  return name.length <= 253 && hostPattern.test(name) ? { host: name, port } : undefined
}

function parseUnixPath(path: string): Address | undefined {
  const fits = path.startsWith('/') && Buffer.byteLength(path) <= unixPathBytesMax && !path.includes('\0')
  return fits ? { path } : undefined
}

/** Writes an address as it stands in the configuration, in log lines and in metric labels. */
export function formatAddress(address: Address): string {
  if ('path' in address) return `unix:${address.path}`
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}

const json = { type: 'string', pattern: '^(unix:/.+|(\\[[0-9a-fA-F:.%]+\\]|[A-Za-z0-9_.-]+):[0-9]{1,5})$' }

/** An address in the configuration: `host:port`, `[::1]:80` or `unix:/path`. */
export function address(): ValueType<Address> {
  return valueType({
    name: 'address',
    expects: 'an address: host:port, [::1]:80 or unix:/path',
    read: (input) => read(input, parseAddress(String(input))),
    format: formatAddress,
    json,
  })
}

/** The host is a name or an IP address, without brackets. */
export interface TcpAddress {
  readonly host: string
  readonly port: number
}

/** An address in the configuration that must have a host and a port. */
export function tcpAddress(): ValueType<TcpAddress> {
  return valueType({
    name: 'address',
    expects: 'an address: host:port or [::1]:80',
    read: (input) => {
      const parsed = parseAddress(String(input))
      return read(input, parsed === undefined || 'path' in parsed ? undefined : parsed)
    },
    format: formatAddress,
    json: { type: 'string', pattern: '^(\\[[0-9a-fA-F:.%]+\\]|[A-Za-z0-9_.-]+):[0-9]{1,5}$' },
  })
}

type AddressReading<A> = { ok: true; value: A } | { ok: false; hint?: string }

function read<A>(input: string | number, value: A | undefined): AddressReading<A> {
  if (value !== undefined) return { ok: true, value }
  const isBarePort = /^:?\d{1,5}$/.test(String(input))
  return { ok: false, ...(isBarePort ? { hint: `add a host, as in 127.0.0.1:${String(input).replace(':', '')}` } : {}) }
}
