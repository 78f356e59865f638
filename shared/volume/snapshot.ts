/**
 * One consistent look at a directory of configuration. Files that are opened one after another while somebody
 * replaces them give a mixture of two versions; everything here exists to return either one version or the other.
 */
import type { CodedError } from '../errors/coded-error.ts'

/** What a directory held at one moment. */
export interface VolumeSnapshot {
  /** Content by key, in the order of the keys; a nested file has its path as its key, `certs/tls.key`. */
  readonly files: ReadonlyMap<string, Buffer>
  /** sha256, hex, over keys and contents alone: the same on every volume, whatever modes and times the files have. */
  readonly hash: string
  /** The directory behind `..data`, for instance `..2026_11_23_11_49_04.738061642`; absent in a plain directory. */
  readonly generation?: string
}

/** How much a snapshot may hold; more is refused as PM1202, since a config volume that large is a mistake. */
export interface SnapshotLimits {
  /** Files in all; default 4096. */
  readonly filesMax?: number
  /** Bytes of all files together; default 16 MiB (a ConfigMap holds at most 1 MiB, a projected volume several). */
  readonly bytesMax?: number
}

/** What a watch knows of its directory. */
export type VolumeState =
  | { readonly state: 'present'; readonly snapshot: VolumeSnapshot }
  | { readonly state: 'absent' }
  | { readonly state: 'unreadable'; readonly error: CodedError }

/**
 * Reads one consistent snapshot of an AtomicWriter volume (a mounted ConfigMap or Secret, an output of
 * `createPublisher`) or of a plain directory. Names that begin with `..` are the volume's own business and left out,
 * and so are sockets, pipes and devices. A link is followed only to a place inside `dir`.
 * @throws CodedError PM1201 no such directory, PM1202 too large, PM1203 a link that leaves `dir`,
 *   PM1204 it never held still, PM1205 the system does not let us read it
 */
export function readSnapshot(_dir: string, _limits: SnapshotLimits = {}): Promise<VolumeSnapshot> {
  throw new Error('signature only; the body follows')
}
