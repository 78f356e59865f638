/** The identity of a set of files: what decides whether something changed, on any volume and by any writer. */
import { createHash } from 'node:crypto'

/**
 * sha256 over keys and contents in the order of the keys. Each is preceded by its length in bytes, so that no two
 * sets of files run together into the same bytes.
 * @returns 64 hex digits
 */
export function contentHash(files: ReadonlyMap<string, Uint8Array | string>): string {
  const hash = createHash('sha256')
  for (const [key, content] of inKeyOrder(files)) {
    hash.update(`${Buffer.byteLength(key)}:${key}${Buffer.byteLength(content)}:`)
    hash.update(content)
  }
  return hash.digest('hex')
}

/** The same entries in the order of their keys' UTF-16 code units, which no locale changes. */
export function inKeyOrder<T>(files: ReadonlyMap<string, T>): Map<string, T> {
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)))
}
