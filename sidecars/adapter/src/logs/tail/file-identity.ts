/**
 * Which file is it, and is it still the one that was read? A name is not enough (rotation by rename), an inode
 * is not enough (it is used again after a delete), the beginning is not enough (two files may begin alike):
 * all together are.
 */

/** How far a file was read, and how to know it again. */
export interface FilePosition {
  readonly dev: number
  readonly ino: number
  /** Bytes read and passed on. */
  readonly offset: number
  /** So many bytes of the beginning make up `headHash`; never more than were read. */
  readonly headBytes: number
  /** SHA-256 of the beginning, hex. */
  readonly headHash: string
}

/** The beginning that is compared, in bytes. */
export const headBytesMax = 1024

/** What the file looks like now. */
export interface FileSighting {
  readonly dev: number
  readonly ino: number
  readonly size: number
  /** SHA-256 of the first `headBytes` bytes of the position that it is compared with. */
  readonly headHash: string
}

/**
 * `same`: read on from the offset. `truncated`: the same inode with other content, read it from its start
 * (copytruncate). `other`: a file that was never read.
 */
export type Recognition = 'same' | 'truncated' | 'other'

/** Decides from the position at which reading ended and what stands there now. */
export function recognise(position: FilePosition, seen: FileSighting): Recognition {
  if (position.dev !== seen.dev || position.ino !== seen.ino) return 'other'
  if (seen.size < position.offset || seen.headHash !== position.headHash) return 'truncated'
  return 'same'
}

/** Names an open file among the others: one inode of one device. */
export function fileKey(file: { readonly dev: number; readonly ino: number }): string {
  return `${file.dev}:${file.ino}`
}
