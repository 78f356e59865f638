/** How an allow-list is written in the configuration; what the entries mean is in `allow-list.ts`. */
import { type ValueType, valueType } from '@podmates/shared/config/value-type.ts'
import { parseAllowEntry, parseNetwork } from './allow-list.ts'

/** `host:port`; the first label of the host may be `*`, a whole host too, and a port. */
export function forwardEntry(): ValueType<string> {
  return textThat(
    'host and port',
    'host:port, such as api.example.com:443 or *.example.com:8080',
    (text) => parseAllowEntry(text) !== undefined,
  )
}

/** `address/bits`, IPv4 or IPv6. */
export function network(): ValueType<string> {
  return textThat('network', 'a network such as 10.0.0.0/8 or fd00::/8', (text) => parseNetwork(text) !== undefined)
}

function textThat(name: string, expects: string, fits: (text: string) => boolean): ValueType<string> {
  return valueType({
    name,
    expects,
    read: (input) => (typeof input === 'string' && fits(input) ? { ok: true, value: input } : { ok: false }),
    format: (value) => value,
    json: { type: 'string', minLength: 3 },
  })
}
