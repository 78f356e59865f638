/**
 * Says in words why a connection failed. A name with several addresses fails with one error for each of
 * them, and all are told: "connection refused by 127.0.0.1" alone hides that ::1 timed out.
 */

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'no answer',
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name server does not answer',
}

/** @returns for example `connection refused by 10.0.0.1:80 (ECONNREFUSED)`. Never throws. */
export function connectFailure(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(one))].join(', ')
  return one(error)
}

/** What Node adds to an error of a connection or of a name lookup. */
type SystemError = Error & { readonly code?: string; readonly address?: string; readonly port?: number }

function one(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, address, port, message }: SystemError = error
  const what = words[code ?? '']
  if (what === undefined) return message
  if (address === undefined) return `${what} (${code})`
  return `${what} by ${address.includes(':') ? `[${address}]` : address}:${port} (${code})`
}
