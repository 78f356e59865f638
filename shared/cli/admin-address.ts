/** Where an admin server is, as the command line or the environment says it. */
import { parseAddress, type TcpAddress } from '../config/values/address.ts'
import { type Refused, refused } from './command-line.ts'

/** @param source what to call it in a message: `--admin` */
export function readAdminAddress(
  source: string,
  text: string,
): { readonly kind: 'read'; readonly address: TcpAddress } | Refused {
  const address = parseAddress(text)
  if (address === undefined || 'path' in address) return refused(`${source}: expected HOST:PORT, found "${text}"`)
  return { kind: 'read', address }
}
