/** Why a port could not be opened, in words that lead to the mistake: in a Pod it is nearly always another container. */
import { CodedError } from './coded-error.ts'

/** What was tried. */
export interface ListenAttempt {
  /** The address as it stands in the configuration: `0.0.0.0:19001`. */
  readonly address: string
  /** The key that it comes from: `admin.address`. */
  readonly key: string
}

/** Turns what the system says about a failed `listen` into an error that says what to do. */
export function listenFailure({ address, key }: ListenAttempt, cause: NodeJS.ErrnoException): CodedError {
  switch (cause.code) {
    case 'EADDRINUSE':
      return new CodedError(
        'PM1101',
        `${key}: ${address} is in use. All containers of a Pod share one network: another sidecar, the app or a second copy of this one listens there. Set ${key} to a free port.`,
        { cause },
      )
    case 'EACCES':
      return new CodedError(
        'PM1102',
        `${key}: the user (uid ${process.getuid?.() ?? 'unknown'}) may not listen on ${address}. Use a port of 1024 or more.`,
        { cause },
      )
    case 'EADDRNOTAVAIL':
      return new CodedError(
        'PM1102',
        `${key}: ${address} is no address of this Pod. Use 0.0.0.0, [::] in an IPv6 cluster, or 127.0.0.1.`,
        { cause },
      )
    default:
      return new CodedError('PM1102', `${key}: cannot listen on ${address}: ${cause.message}`, { cause })
  }
}
