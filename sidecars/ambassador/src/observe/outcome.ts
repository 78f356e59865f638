/**
 * The answers that the ambassador makes itself, each with its status, flag and code. 502 says that an
 * attempt failed, 503 that none was made, 504 that the time was over, so that clients and retry rules
 * can tell them apart. The flags are Envoy's where it has one.
 */
import type { ErrorCode } from '@podmates/shared/errors/catalogue.ts'

/** Short names for how a request ended and what happened on its way, for logs and metrics. README.md explains each. */
export type ResponseFlag =
  | 'NR'
  | 'UH'
  | 'DF'
  | 'UF'
  | 'UC'
  | 'UR'
  | 'UPE'
  | 'UT'
  | 'UO'
  | 'BO'
  | 'URX'
  | 'RB'
  | 'NB'
  | 'ND'
  | 'HG'
  | 'PN'
  | 'SC'
  | 'DPE'
  | 'DC'
  | 'DE'
  | 'SI'
  | 'FD'

export interface Outcome {
  readonly status: number
  readonly flag: ResponseFlag | undefined
  readonly code: ErrorCode
  /** A sentence for the developer of the app. */
  readonly what: string
  /** When asking again makes sense, for the Retry-After of a 503; 1 s where nothing is known. */
  readonly retryAfterMs?: number
}

export const outcomes = {
  noRoute: { status: 404, flag: 'NR', code: 'PM2010', what: 'no route of this listener matches the request' },
  noEndpoint: { status: 503, flag: 'UH', code: 'PM2101', what: 'the upstream has no endpoint' },
  nameNotFound: { status: 503, flag: 'DF', code: 'PM2102', what: "the upstream's name cannot be looked up" },
  connectFailed: { status: 502, flag: 'UF', code: 'PM2103', what: 'no endpoint accepted a connection' },
  closed: { status: 502, flag: 'UC', code: 'PM2104', what: 'the upstream closed the connection before it answered' },
  reset: { status: 502, flag: 'UR', code: 'PM2105', what: 'the upstream reset the connection before it answered' },
  invalid: {
    status: 502,
    flag: 'UPE',
    code: 'PM2106',
    what: 'the upstream answered with bytes that are no valid HTTP/1.1',
  },
  timeout: { status: 504, flag: 'UT', code: 'PM2107', what: 'the time for the whole request was over' },
  attemptTimeout: { status: 504, flag: 'UT', code: 'PM2108', what: 'no attempt was answered in its time' },
  breakerOpen: { status: 503, flag: 'BO', code: 'PM2109', what: 'the circuit of the upstream is open' },
  queueFull: { status: 503, flag: 'UO', code: 'PM2110', what: 'too many requests are in flight' },
  queueTimeout: { status: 503, flag: 'UO', code: 'PM2111', what: 'no place became free in time' },
  noneHealthy: { status: 503, flag: 'UH', code: 'PM2112', what: 'no endpoint is healthy' },
  stopping: { status: 503, flag: undefined, code: 'PM2113', what: 'the ambassador stops' },
  notAllowed: { status: 403, flag: 'FD', code: 'PM2015', what: 'this listener may not forward there' },
  streamIdle: { status: 408, flag: 'SI', code: 'PM2016', what: 'no byte moved in either direction for too long' },
  // Nobody gets this one as an answer: the connection is cut, for the upstream may be at work on the request.
  drainOver: { status: 503, flag: 'DE', code: 'PM2017', what: 'the time of the drain was over' },
} as const satisfies Record<string, Outcome>
