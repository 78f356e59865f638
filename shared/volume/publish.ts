/**
 * Publishes a set of files as one generation, in the layout that the kubelet uses for ConfigMaps, so that every
 * reader made for those (viper, certwatcher, our own `watchVolume`) already understands it:
 *
 *   app.yaml -> ..data/app.yaml                    what programs open
 *   ..data -> ..gen-000002-0640-3fa9c1b2d4e5       flipped by one rename: a reader finds the old generation or the new
 *   ..previous -> ..gen-000001-0640-9c1d0e7f2a6b   where `rollback()` leads
 *   ..gen-…/                                       complete as soon as it has this name
 *   ..tmp-…/                                       being written or removed; what a killed process left is swept away
 */
import * as nodeFiles from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { CodedError } from '../errors/coded-error.ts'
import { contentHash } from './content-hash.ts'
import { pointLink, syncDirectory, type VolumeFiles, writeTree } from './durable-write.ts'
import { isErrno } from './errno.ts'
import {
  type GenerationName,
  generationName,
  generationsAmong,
  generationsToDrop,
  parseGenerationName,
} from './generation-name.ts'
import { refuseForeign, relink, topNames } from './key-links.ts'
import { dataLinkName, readSnapshot, type VolumeSnapshot } from './snapshot.ts'
import { keyProblem, keyThatIsAlsoADirectory } from './volume-key.ts'
import { writeFailure } from './write-failure.ts'

/** How a publisher writes and what it keeps. */
export interface PublisherOptions {
  /** Permissions of the files, e.g. 0o640; directories get the same plus x where there is r. Default 0o644. */
  readonly mode?: number
  /**
   * Generations kept, for readers that are still at it and to go back to; 2.., default 3. The current one counts, and
   * so does the one before it. On a full volume fewer stay: the oldest make room, never the current one.
   */
  readonly keep?: number
}

/** What a publish or a rollback came to. */
export interface Publication {
  /** `unchanged`: the same content was published already, and nothing was flipped. */
  readonly outcome: 'published' | 'unchanged'
  /** Name of the directory behind `..data`, for instance `..gen-000002-0640-3fa9c1b2d4e5`. */
  readonly generation: string
  /** The content's hash, as `readSnapshot` gives it. */
  readonly hash: string
}

/**
 * Only one publisher may write to a directory at a time; its calls are done one after another. A call that fails with
 * CodedError PM1208 (no permission), PM1209 (read-only), PM1210 (no space left) or PM1211 (any other write failure)
 * leaves one whole generation published: the old one, or the new one when no more than the tidying failed.
 */
export interface Publisher {
  /**
   * Publishes `contents`: the whole content, what is not in it vanishes. With the content that is published already it
   * flips nothing, but mends what a killed predecessor left half done; so call it after every start.
   * @throws CodedError PM1212 a key that cannot be a file name in a volume, PM1213 somebody else's file is in the way
   */
  publish(contents: ReadonlyMap<string, Uint8Array | string>): Promise<Publication>
  /**
   * What is published now, read from the disk; undefined before the first publish.
   * @throws CodedError PM1203..PM1205 as `readSnapshot`
   */
  current(): Promise<VolumeSnapshot | undefined>
  /**
   * Flips back to an earlier generation, by default to the one that was published when this one came.
   * @param generation a name that `publish` gave and that is still kept
   * @throws CodedError PM1214 there is no such generation, or no longer
   */
  rollback(generation?: string): Promise<Publication>
}

const previousLinkName = '..previous'
const unfinishedPrefix = '..tmp-'

/** What this process wrote itself needs no limit. */
const unlimited = { entriesMax: Number.POSITIVE_INFINITY, bytesMax: Number.POSITIVE_INFINITY }

/** Touches the disk only when something is published; `dir` must exist (a mounted emptyDir does). */
export function createPublisher(
  dir: string,
  { mode = 0o644, keep = 3 }: PublisherOptions = {},
  { files }: { files: VolumeFiles } = { files: nodeFiles },
): Publisher {
  const root = resolve(dir)
  let lastTurn: Promise<unknown> = Promise.resolve()

  return {
    publish: (contents) => inTurn(() => publish(contents)),
    current,
    rollback: (generation) => inTurn(() => rollback(generation)),
  }

  async function publish(contents: ReadonlyMap<string, Uint8Array | string>): Promise<Publication> {
    refuseBadKeys(contents.keys())
    const names = topNames(contents.keys())
    await refuseForeign(root, names, { files })
    await sweep()
    const hash = contentHash(contents)
    const before = await intactGeneration()
    if (before?.hash === hash && before.mode === mode) {
      await tidy(names)
      return { outcome: 'unchanged', generation: before.name, hash }
    }
    const generation = await writeMakingRoom(contents, hash)
    if (before !== undefined) await pointLink(join(root, previousLinkName), before.name, { files })
    await pointLink(join(root, dataLinkName), generation, { files })
    await tidy(names)
    return { outcome: 'published', generation, hash }
  }

  async function current(): Promise<VolumeSnapshot | undefined> {
    return (await linkTarget(dataLinkName)) === undefined ? undefined : readSnapshot(root, unlimited)
  }

  async function rollback(wanted: string | undefined): Promise<Publication> {
    const generation = wanted ?? (await linkTarget(previousLinkName))
    const now = await linkTarget(dataLinkName)
    if (generation === undefined || (wanted === undefined && generation === now)) {
      throw new CodedError('PM1214', `nothing was published to ${root} before ${now ?? 'now'}: name the generation`)
    }
    const kept = generationsAmong(await files.readdir(root)).map(({ name }) => name)
    if (!kept.includes(generation)) {
      throw new CodedError('PM1214', `${root} has no ${generation}, only ${kept.join(' ')}: publish its content again`)
    }
    await sweep()
    await pointLink(join(root, dataLinkName), generation, { files })
    const { hash, files: contents } = await readSnapshot(root, unlimited)
    await relink(root, topNames(contents.keys()), { files })
    return { outcome: generation === now ? 'unchanged' : 'published', generation, hash }
  }

  /** Removes what a process that was killed left behind: it was never published, or no longer. */
  async function sweep(): Promise<void> {
    for (const name of await files.readdir(root)) {
      if (name.startsWith(unfinishedPrefix)) await files.rm(join(root, name), { recursive: true })
      if (name === `${dataLinkName}_tmp` || name === `${previousLinkName}_tmp`) await files.unlink(join(root, name))
    }
  }

  /** What is published, if it is ours and all there; if somebody damaged it, it is to be written anew. */
  async function intactGeneration(): Promise<(GenerationName & { hash: string }) | undefined> {
    const generation = parseGenerationName((await linkTarget(dataLinkName)) ?? '')
    if (generation === undefined) return undefined
    try {
      const { hash } = await readSnapshot(root, unlimited)
      return { ...generation, hash }
    } catch (error) {
      if (error instanceof CodedError) return undefined
      throw error
    }
  }

  /**
   * On a full volume the oldest generation goes and the write is tried again, until only the current one is left:
   * without that, two large generations would shut out every later one, however small.
   */
  async function writeMakingRoom(contents: ReadonlyMap<string, Uint8Array | string>, hash: string): Promise<string> {
    for (;;) {
      try {
        return await writeGeneration(contents, hash)
      } catch (error) {
        if (!isErrno(error, 'ENOSPC', 'EDQUOT') || !(await dropOldest())) throw error
      }
    }
  }

  /** @returns false when there is none but the current one */
  async function dropOldest(): Promise<boolean> {
    const now = await linkTarget(dataLinkName)
    const oldest = generationsAmong(await files.readdir(root)).findLast(({ name }) => name !== now)?.name
    if (oldest === undefined) return false
    if (oldest === (await linkTarget(previousLinkName))) await files.unlink(join(root, previousLinkName))
    await drop(oldest)
    return true
  }

  async function writeGeneration(contents: ReadonlyMap<string, Uint8Array | string>, hash: string): Promise<string> {
    const newest = generationsAmong(await files.readdir(root))[0]?.sequence ?? 0
    const name = generationName(newest + 1, mode, hash)
    const unfinished = unfinishedPathOf(name)
    try {
      await writeTree(unfinished, contents, mode, { files })
    } catch (error) {
      // Makes room again on a full volume. Should it fail as well, the next publish sweeps; the first error counts.
      await files.rm(unfinished, { recursive: true, force: true }).catch(() => undefined)
      throw error
    }
    await files.rename(unfinished, join(root, name))
    await syncDirectory(root, { files })
    return name
  }

  async function tidy(names: ReadonlySet<string>): Promise<void> {
    await relink(root, names, { files })
    await syncDirectory(root, { files })
    const pinned = new Set([await linkTarget(dataLinkName), await linkTarget(previousLinkName)])
    for (const name of generationsToDrop(generationsAmong(await files.readdir(root)), { pinned, keep }))
      await drop(name)
  }

  /** Renamed first: a generation that is half removed must not look like one to go back to. */
  async function drop(generation: string): Promise<void> {
    const unfinished = unfinishedPathOf(generation)
    await files.rename(join(root, generation), unfinished)
    await files.rm(unfinished, { recursive: true })
  }

  function unfinishedPathOf(generation: string): string {
    return join(root, unfinishedPrefix + generation.slice('..'.length))
  }

  async function linkTarget(name: string): Promise<string | undefined> {
    try {
      return await files.readlink(join(root, name))
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'EINVAL')) return undefined
      throw error
    }
  }

  /** One at a time; an errno of the system becomes a coded error that says what to do. */
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = lastTurn.then(task).catch(async (error: unknown) => {
      throw await writeFailure(root, error)
    })
    lastTurn = result.catch(() => undefined) // whoever asked has the error; the next one has a turn all the same
    return result
  }
}

/** @throws CodedError PM1212 */
function refuseBadKeys(keys: Iterable<string>): void {
  const all = [...keys]
  for (const key of all) {
    const problem = keyProblem(key)
    if (problem !== undefined) throw new CodedError('PM1212', `the key "${key}" ${problem}`)
  }
  const both = keyThatIsAlsoADirectory(all)
  if (both !== undefined) {
    throw new CodedError('PM1212', `the key "${both}" is also the directory of another key: rename one of them`)
  }
}
