/**
 * Publishes a set of files as one generation, in the layout that the kubelet uses for ConfigMaps, so that every
 * reader made for those (viper, certwatcher, our own `watchVolume`) already understands it:
 *
 *   key -> ..data/key          what people and programs open
 *   ..data -> ..gen-000002-…   flipped by one rename: a reader sees the old generation or the new one
 *   ..previous -> ..gen-000001-…   where `rollback()` leads
 *   ..gen-000001-…/  ..gen-000002-…/   complete once they have this name
 */
import type { VolumeSnapshot } from './snapshot.ts'

export interface PublisherOptions {
  /** Permissions of the files, e.g. 0o640; directories get the same plus x where there is r. Default 0o644. */
  readonly mode?: number
  /** Generations kept for readers that are still at it, the current one included; 2.., default 3. */
  readonly keep?: number
}

/** What a publish or a rollback came to. */
export interface Publication {
  /** `unchanged`: the same content was published already, and nothing was flipped. */
  readonly outcome: 'published' | 'unchanged'
  /** Name of the directory behind `..data`, for instance `..gen-000002-3fa9c1b2d4e5`. */
  readonly generation: string
  /** The content's hash, as `readSnapshot` gives it. */
  readonly hash: string
}

/**
 * Only one publisher may write to a directory at a time; its calls are done one after another. Each method throws
 * CodedError PM1208 (no permission), PM1209 (read-only), PM1210 (no space left) or PM1211 (any other write failure)
 * with what was published before still in place.
 */
export interface Publisher {
  /**
   * Publishes `files`: the whole content, what is not in it vanishes.
   * @throws CodedError PM1212 a key that cannot be a file name in a volume, PM1213 somebody else's file is in the way
   */
  publish(files: ReadonlyMap<string, Uint8Array | string>): Promise<Publication>
  /** What is published now, read from the disk; undefined before the first publish. */
  current(): Promise<VolumeSnapshot | undefined>
  /**
   * Flips back to an earlier generation, by default to the one that was published before this one.
   * @param generation a name that `publish` gave and that is still kept
   * @throws CodedError PM1214 there is no such generation any more
   */
  rollback(generation?: string): Promise<Publication>
}

/** Touches the disk only when something is published; `dir` must exist (a mounted emptyDir does). */
export function createPublisher(_dir: string, _options: PublisherOptions = {}): Publisher {
  throw new Error('signature only; the body follows')
}
