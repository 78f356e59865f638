/** What can be wrong with a cluster or the way to it, told in words that lead to a remedy. */

/** A trouble that no test can do anything about: said in its message, with what to do about it in `remedy`. */
export class KubeTrouble extends Error {
  readonly remedy: string

  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'KubeTrouble'
    this.remedy = remedy
  }
}

/** An answer of the API server other than 2xx. */
export class ApiRefusal extends Error {
  readonly status: number
  /** `reason` of the Status object, such as `Forbidden` or `NotFound`; empty when the answer was none. */
  readonly reason: string

  constructor(status: number, reason: string, message: string) {
    super(message)
    this.name = 'ApiRefusal'
    this.status = status
    this.reason = reason
  }
}

/** Reads the body of a refusal: the API server sends a Status object, a proxy in between sends anything. */
export function refusalOf(status: number, body: string): ApiRefusal {
  const told = statusObject(body)
  return new ApiRefusal(status, told.reason ?? '', told.message ?? (body.trim().slice(0, 300) || `HTTP ${status}`))
}

function statusObject(body: string): { readonly kind?: string; readonly reason?: string; readonly message?: string } {
  try {
    const value = JSON.parse(body)
    return value?.kind === 'Status' ? value : {}
  } catch {
    return {}
  }
}

/** True for the answer that an object is not, or no longer, there. */
export const isNotFound = (error: unknown): boolean => error instanceof ApiRefusal && error.status === 404

/** @returns the trouble behind a failed call, or undefined when the failure is no matter of the cluster */
export function troubleOf(error: unknown, server: string): KubeTrouble | undefined {
  if (error instanceof KubeTrouble) return error
  if (error instanceof ApiRefusal) return troubleOfRefusal(error)
  const code = knownCode(error)
  if (code === undefined) return undefined
  const options = { cause: error }
  const distrust = certificateReasons[code]
  return distrust === undefined
    ? new KubeTrouble(
        `${server} does not answer: ${networkReasons[code]}`,
        'is the cluster up, and KUBECONFIG the right one?',
        options,
      )
    : new KubeTrouble(
        `${server} is not trusted: ${distrust}`,
        'is KUBECONFIG of this cluster? kubectl cluster-info',
        options,
      )
}

function troubleOfRefusal(error: ApiRefusal): KubeTrouble | undefined {
  const options = { cause: error }
  if (error.status === 401)
    return new KubeTrouble('the API server does not know this user (401)', 'log in anew, or renew KUBECONFIG', options)
  if (error.status === 403)
    return new KubeTrouble(
      error.message,
      'use a user with that right, such as cluster-admin of a test cluster',
      options,
    )
  return undefined
}

const networkReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'it ended the connection',
  EHOSTUNREACH: 'no way to that host',
  ENETUNREACH: 'no way to that network',
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name cannot be asked for',
  ETIMEDOUT: 'no answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_SOCKET: 'it ended the connection',
  EPROTO: 'it does not speak TLS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS',
  TimeoutError: 'no answer in time',
}

const unknownAuthority = 'its certificate is not of the authority in KUBECONFIG'
const certificateReasons: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  CERT_SIGNATURE_FAILURE: unknownAuthority,
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; is the date of this machine right?',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for other names and addresses',
}

/** undici wraps: the code stands on the error itself, on its cause, or on the first of several tries. */
function knownCode(error: unknown): string | undefined {
  for (let each: unknown = error; each instanceof Error; each = causeOf(each)) {
    const { code = '' } = each as NodeJS.ErrnoException
    const known = [code, each.name].find((name) => name in networkReasons || name in certificateReasons)
    if (known !== undefined) return known
  }
  return undefined
}

const causeOf = (error: Error): unknown => (error instanceof AggregateError ? error.errors[0] : error.cause)
