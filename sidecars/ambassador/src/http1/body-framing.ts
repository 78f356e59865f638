/**
 * Where a body ends. Two parsers that disagree on this are one request smuggled past the other, so there
 * is exactly one reading of each message here, and everything with two is refused (RFC 9112, 6.3).
 */
import type { FieldBlock } from './field-block.ts'
import { ambiguous, bodyTooLarge, malformed, notImplemented, type Refusal } from './refusal.ts'

export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  /** The body ends with the connection; only responses can. */
  | { readonly kind: 'until-close' }

export const noBody: BodyFraming = { kind: 'none' }
const chunked: BodyFraming = { kind: 'chunked' }
const untilClose: BodyFraming = { kind: 'until-close' }

/** 15 digits: what a double counts exactly, and 900 TB. */
const lengthDigitsMax = 15

/** @param minorVersion of HTTP/1.x; transfer codings are unknown to 1.0 */
export function requestFraming(fields: FieldBlock, minorVersion: 0 | 1): BodyFraming | Refusal {
  return framingOf(fields, minorVersion) ?? noBody
}

/**
 * @param status three digits
 * @param toHead answers a HEAD request, so its length tells about a body that is not sent
 */
export function responseFraming(
  fields: FieldBlock,
  minorVersion: 0 | 1,
  { status, toHead }: { readonly status: number; readonly toHead: boolean },
): BodyFraming | Refusal {
  const declared = framingOf(fields, minorVersion)
  if (declared !== undefined && 'ok' in declared) return declared
  if (status < 200 || status === 204) {
    if (declared?.kind === 'chunked') return ambiguous(`a transfer coding on a ${status} (RFC 9112, 6.1)`)
    return noBody
  }
  if (status === 304 || toHead) return noBody
  return declared ?? untilClose
}

/** What the fields declare; undefined if they declare nothing. */
function framingOf(fields: FieldBlock, minorVersion: 0 | 1): BodyFraming | Refusal | undefined {
  const { contentLength, transferEncoding } = fields
  if (transferEncoding !== undefined) {
    if (contentLength !== undefined) return ambiguous('both Content-Length and Transfer-Encoding (RFC 9112, 6.1)')
    if (minorVersion === 0) return ambiguous('Transfer-Encoding in HTTP/1.0 (RFC 9112, 6.1)')
    if (transferEncoding.toLowerCase() === 'chunked') return chunked
    if (/^[\w!#$%&'*+.^`|~-]+$/.test(transferEncoding)) return notImplemented('a transfer coding other than chunked')
    return ambiguous('a list of transfer codings, or none')
  }
  return contentLength === undefined ? undefined : lengthOf(contentLength)
}

function lengthOf(value: string): BodyFraming | Refusal {
  if (!/^\d+$/.test(value)) return malformed('a Content-Length that is not a row of digits')
  if (value.length > 1 && value.startsWith('0')) return ambiguous('a Content-Length that begins with 0, octal to some')
  if (value.length > lengthDigitsMax) return bodyTooLarge(`a Content-Length of more than ${lengthDigitsMax} digits`)
  const bytes = Number(value)
  return bytes === 0 ? noBody : { kind: 'length', bytes }
}
