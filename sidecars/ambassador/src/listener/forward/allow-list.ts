/**
 * Where a forward proxy may go. Two questions, both must be answered with yes: may this host and port be
 * asked for at all (`checkTarget`), and may this address, which its name was resolved to, be connected to
 * (`checkAddress`). The second is asked about the very address that is then connected to: a name that
 * leads to another one at the next look-up (DNS rebinding) gains nothing.
 */
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'

/** What the configuration allows. */
export interface ForwardOptions {
  /** `host:port`; the first label of a host may be `*`, a whole host too, and a port. */
  readonly allow: readonly string[]
  /**
   * Networks such as `10.0.0.0/8` or `fd00::/8` that addresses must lie in. When there are none, all but the
   * special ones will do, private networks and Pods included: not loopback, link-local, unspecified, multicast, metadata
   * services and IPv4 wrapped in IPv6.
   */
  readonly networks: readonly string[]
}

export type Verdict = { readonly ok: true } | { readonly ok: false; readonly why: string }

/** What a client asked for. */
export interface ForwardTarget {
  /** A name in lower case without a dot at its end, or an IP address without brackets. */
  readonly host: string
  readonly port: number
}

/** Both questions. */
export interface AllowList {
  checkTarget(target: ForwardTarget): Verdict
  /** @param address as a look-up gives it, IPv4 or IPv6 */
  checkAddress(address: string): Verdict
}

const yes: Verdict = { ok: true }

/** @throws TypeError for an entry that is none; `parseAllowEntry` and `parseNetwork` check them before */
export function allowList({ allow, networks }: ForwardOptions): AllowList {
  const entries = allow.map((text) => parseAllowEntry(text) ?? fail(`"${text}" is not host:port`))
  const listed = blockList(networks)
  const special = blockList(specialNetworks)
  return {
    checkTarget: ({ host, port }) =>
      entries.some((entry) => matches(entry, host, port)) ? yes : no(`${host}:${port} is not in forward.allow`),
    checkAddress: (address) => {
      const plain = withoutIpv4Prefix(address)
      const family = isIPv4(plain) ? 'ipv4' : 'ipv6'
      if (isIP(plain) === 0) return no(`${address} is no IP address`)
      if (networks.length > 0) return listed.check(plain, family) ? yes : no(`${address} is not in forward.networks`)
      return special.check(plain, family) ? no(`${address} is special and must be listed in forward.networks`) : yes
    },
  }
}

/** Loopback, link-local, unspecified, multicast and reserved (RFC 6890); what clouds tell their machines secrets at, 168.63.129.16 in Azure; wrapped IPv4, translated too (RFC 2765, 2.1). */
const specialNetworks = [
  ...[
    '0.0.0.0/8',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '224.0.0.0/4',
    '240.0.0.0/4',
    '100.100.100.200/32',
    '168.63.129.16/32',
    '192.0.0.0/24',
  ],
  ...['::/96', 'fe80::/10', 'fec0::/10', 'ff00::/8', 'fd00:ec2::254/128', 'fd20:ce::254/128'],
  ...['64:ff9b::/96', '64:ff9b:1::/48', '::ffff:0:0:0/96', '2002::/16', '2001::/32'],
]

interface AllowEntry {
  /** `*` for any, `.rest` after a `*` label, else the whole host. */
  readonly host: string
  readonly port: number | '*'
}

/** @returns undefined when it is no entry. Never throws. */
export function parseAllowEntry(text: string): AllowEntry | undefined {
  const match = /^(.+):(\d{1,5}|\*)$/.exec(text)
  if (match === null) return undefined
  const [, written = '', digits] = match
  const port = digits === '*' ? '*' : Number(digits)
  if (port !== '*' && (port === 0 || port > 65_535)) return undefined
  if (written === '*') return { host: '*', port }
  const isWild = written.startsWith('*.')
  const host = readHost(isWild ? written.slice(2) : written)
  if (host === undefined || (isWild && isIP(host) !== 0)) return undefined
  return { host: isWild ? `.${host}` : host, port }
}

/** `*` stands for one label, as in certificates (RFC 9525, 6.3). */
function matches(entry: AllowEntry, host: string, port: number): boolean {
  if (entry.port !== '*' && entry.port !== port) return false
  if (entry.host === '*') return true
  if (!entry.host.startsWith('.')) return entry.host === host
  return host.endsWith(entry.host) && !host.slice(0, -entry.host.length).includes('.') && host !== entry.host
}

/** @returns undefined when it is no network. Never throws. */
export function parseNetwork(text: string): { address: string; bits: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [address = '', digits = '', ...rest] = text.split('/')
  if (rest.length > 0 || !/^\d{1,3}$/.test(digits) || isIP(address) === 0) return undefined
  const family = isIPv4(address) ? 'ipv4' : 'ipv6'
  const bits = Number(digits)
  return bits > (family === 'ipv4' ? 32 : 128) ? undefined : { address, bits, family }
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const text of networks) {
    const { address, bits, family } = parseNetwork(text) ?? fail(`"${text}" is no network such as 10.0.0.0/8`)
    list.addSubnet(address, bits, family)
  }
  return list
}

/** An IPv4 address written as IPv6 (`::ffff:10.0.0.1`) is that IPv4 address to the kernel (RFC 4291, 2.5.5.2). */
function withoutIpv4Prefix(address: string): string {
  const match = /^::ffff:(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i.exec(address)
  if (match === null) return address
  const [, dotted, high = '', low = ''] = match
  if (dotted !== undefined) return dotted
  const bits = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return bits.flatMap((pair) => [pair >> 8, pair & 255]).join('.')
}

/**
 * Reads the authority of a whole URL or of a CONNECT.
 * @param text `host` or `host:port`
 * @returns undefined for what is no plain name or address: `0x7f.1`, `2130706433` and `127.1` are 127.0.0.1 to some
 * resolvers and a name to others
 */
export function parseForwardTarget(text: string, portDefault: number): ForwardTarget | undefined {
  const match = /^(.*?)(?::(\d{1,5}))?$/.exec(text.startsWith('[') ? text.slice(text.indexOf(']') + 1) : text)
  if (match === null) return undefined
  const port = match[2] === undefined ? portDefault : Number(match[2])
  const written = text.startsWith('[') ? text.slice(0, text.indexOf(']') + 1) + match[1] : (match[1] ?? '')
  const host = readHost(written)
  return host === undefined || port === 0 || port > 65_535 ? undefined : { host, port }
}

const labels = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*$/

/** A name whose last label is a number, in whatever base, is an IPv4 address to URL parsers (WHATWG URL, 3.5). */
const endsInNumber = /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/

function readHost(written: string): string | undefined {
  const lower = written.toLowerCase()
  if (lower.startsWith('[') && lower.endsWith(']')) {
    const inner = lower.slice(1, -1)
    return isIPv6(inner) && !inner.includes('%') ? inner : undefined
  }
  if (isIPv4(lower)) return lower
  const name = lower.endsWith('.') ? lower.slice(0, -1) : lower
  return labels.test(name) && !endsInNumber.test(name) ? name : undefined
}

function no(why: string): Verdict {
  return { ok: false, why }
}

function fail(message: string): never {
  throw new TypeError(message)
}
