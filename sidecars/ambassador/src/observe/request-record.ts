/** What is remembered of one request, from its head to its end: the source of its log line, its metrics and its own answer. */
import type { ErrorCode } from '@podmates/shared/errors/catalogue.ts'
import type { ResponseFlag } from './outcome.ts'

/** One try at one endpoint. Exactly one of `status` and `error` stands in it once it is over. */
export interface AttemptRecord {
  readonly endpoint: string
  /** The connection had carried a request before. */
  reused: boolean
  /** From the choice of the endpoint to the head of the answer, or to the failure. */
  ms: number
  status?: number
  error?: string
  /** It was sent beside another one that took long. */
  hedge?: true
  /** Of one that failed. SAFE: nobody can have processed it, so any request may be sent again. */
  class?: 'SAFE' | 'UNSAFE'
  /** Milliseconds that were waited after it, before the next one. */
  backoff_ms?: number
}

export interface RequestRecord {
  readonly listener: string
  /** Empty for a request whose head could not be read; so are host and path. */
  readonly method: string
  readonly host: string
  /** Without the query, which may hold secrets. */
  readonly path: string
  /** By the clock's `now`, when the head was complete. */
  readonly startedMs: number
  upstream: string
  readonly attempts: AttemptRecord[]
  /** Why a failed attempt was the last one. */
  notRetried: string | undefined
  /** The same in one word, for the metric. */
  notRetriedReason: string | undefined
  /** Milliseconds that attempts waited for a place. */
  queueMs: number
  /** Hedges that were sent. */
  hedges: number
  /** Why the last hedge that was due was not sent, in one word. */
  notHedged: string | undefined
  /** The answer is that of a hedge. */
  isHedgeAnswer: boolean
  readonly flags: ResponseFlag[]
  code: ErrorCode | undefined
  /** The sentence that belongs to `code`: which rule was broken, which name is unknown. */
  what: string | undefined
  /** What the client got; 499 when it had gone before, 0 when it was cut off before (flag DE). */
  status: number
  requestBytes: number
  responseBytes: number
  /** By the clock's `now`, when the head of the answer was there; 0 before. */
  answeredMs: number
  /** Made when it is first needed. */
  id: string | undefined
}

export type RequestSubject = Pick<RequestRecord, 'listener' | 'method' | 'host' | 'path' | 'startedMs'>

export function requestRecord({ listener, method, host, path, startedMs }: RequestSubject): RequestRecord {
  return {
    listener,
    method,
    host,
    path,
    startedMs,
    upstream: '',
    attempts: [],
    notRetried: undefined,
    notRetriedReason: undefined,
    queueMs: 0,
    hedges: 0,
    notHedged: undefined,
    isHedgeAnswer: false,
    flags: [],
    code: undefined,
    what: undefined,
    status: 0,
    requestBytes: 0,
    responseBytes: 0,
    answeredMs: 0,
    id: undefined,
  }
}
