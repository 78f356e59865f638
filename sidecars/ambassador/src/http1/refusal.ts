/**
 * A message that is not passed on. The codec answers with a refusal where it would answer with a head;
 * nothing of a refused message ever reaches the other side, and its connection is closed, because where
 * the next message would begin is no longer certain.
 */
export interface Refusal {
  readonly ok: false
  /** What a client is told; a refused response becomes 502 whatever stands here. */
  readonly status: 400 | 408 | 413 | 414 | 417 | 431 | 501 | 503 | 505
  /** The class of the refusal, for counting: a short fixed list. */
  readonly code:
    | 'PM2001'
    | 'PM2002'
    | 'PM2003'
    | 'PM2004'
    | 'PM2005'
    | 'PM2006'
    | 'PM2007'
    | 'PM2008'
    | 'PM2009'
    | 'PM2013'
    | 'PM2014'
  /** What was found, and where the rule stands. Never holds bytes of the message. */
  readonly what: string
}

/** The message breaks the grammar. */
export function malformed(what: string): Refusal {
  return { ok: false, status: 400, code: 'PM2001', what }
}

/** The message follows the grammar, but two parsers could disagree on where it ends or whom it is for. */
export function ambiguous(what: string): Refusal {
  return { ok: false, status: 400, code: 'PM2002', what }
}

/** More bytes or more fields than `limits` allows. */
export function headTooLarge(what: string): Refusal {
  return { ok: false, status: 431, code: 'PM2003', what }
}

/** A longer path and query than `limits` allows. */
export function targetTooLong(what: string): Refusal {
  return { ok: false, status: 414, code: 'PM2004', what }
}

/** A length that cannot be counted exactly. */
export function bodyTooLarge(what: string): Refusal {
  return { ok: false, status: 413, code: 'PM2005', what }
}

/** Right by the grammar, and not done here. */
export function notImplemented(what: string): Refusal {
  return { ok: false, status: 501, code: 'PM2006', what }
}

/** Neither HTTP/1.0 nor HTTP/1.1. */
export function unknownVersion(what: string): Refusal {
  return { ok: false, status: 505, code: 'PM2007', what }
}

/** An Expect that nobody here can meet. */
export function unknownExpectation(what: string): Refusal {
  return { ok: false, status: 417, code: 'PM2008', what }
}

/** A head that was begun and not finished in time. */
export function headTooSlow(what: string): Refusal {
  return { ok: false, status: 408, code: 'PM2009', what }
}

/** A body that was begun and then stood still. */
export function bodyTooSlow(what: string): Refusal {
  return { ok: false, status: 408, code: 'PM2013', what }
}

/** Not the fault of the message: there are more connections than the listener may hold. */
export function tooManyConnections(what: string): Refusal {
  return { ok: false, status: 503, code: 'PM2014', what }
}
