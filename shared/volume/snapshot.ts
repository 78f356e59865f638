/**
 * One consistent look at a directory of configuration. Files that are opened one after another while somebody
 * replaces them give a mixture of two versions; everything here exists to return either one version or the other.
 *
 * In an AtomicWriter volume `..data` leads to a directory that never changes once it is published. The link is read
 * once, everything is read under that directory, and if the link has moved meanwhile the directory may have been
 * half removed: again. A plain directory has no such link, so it is read twice: what was the same both times was
 * all there together in the moment between.
 */
import { lstat, readlink, realpath } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { CodedError } from '../errors/coded-error.ts'
import { contentHash } from './content-hash.ts'
import { isErrno } from './errno.ts'
import { readTree, type TreeRules } from './tree.ts'

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
  /** Files and directories in all; 1.., default 4096. */
  readonly entriesMax?: number
  /** Bytes of all files together; default 16 MiB (a ConfigMap holds at most 1 MiB, a projected volume several). */
  readonly bytesMax?: number
}

/** The link to the published generation, and its name in every volume that the kubelet or we write. */
export const dataLinkName = '..data'

/**
 * A swap takes less time than a read of a usual volume, so a second attempt nearly always does; this many fail only
 * where something writes without a pause.
 */
const attemptsMax = 50

/**
 * Reads one consistent snapshot of an AtomicWriter volume (a mounted ConfigMap or Secret, an output of
 * `createPublisher`) or of a plain directory. Names that begin with `..` are the volume's own business and left out,
 * and so are sockets, pipes, devices and links that lead nowhere. A link is followed only to a place inside `dir`.
 * @throws CodedError PM1201 no such directory, PM1202 too large, PM1203 a link that leaves `dir`,
 *   PM1204 it never held still, PM1205 the system does not let us read it
 */
export async function readSnapshot(
  dir: string,
  { entriesMax = 4096, bytesMax = 16 * 1024 * 1024 }: SnapshotLimits = {},
  reads = { readlink },
): Promise<VolumeSnapshot> {
  try {
    for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
      const root = await realpath(dir)
      const snapshot = await readOnce({ root, entriesMax, bytesMax, skipsReserved: true }, reads)
      if (snapshot !== undefined) return snapshot
    }
  } catch (error) {
    throw readFailure(dir, error)
  }
  throw new CodedError('PM1204', `${dir} changed during each of ${attemptsMax} attempts to read it`)
}

/** @returns undefined when the volume changed meanwhile */
async function readOnce(rules: TreeRules, { readlink: read }: Reads): Promise<VolumeSnapshot | undefined> {
  const generation = await publishedGeneration(rules.root, read)
  const files = await (generation === undefined ? readPlain(rules) : readGeneration(rules, generation))
  if ((await publishedGeneration(rules.root, read)) !== generation) return undefined
  if (files !== undefined) return { files, hash: contentHash(files), ...(generation !== undefined && { generation }) }
  if (generation === undefined) return undefined
  throw new CodedError('PM1205', `${join(rules.root, dataLinkName)} leads to ${generation}, which is not all there`)
}

interface Reads {
  readonly readlink: typeof readlink
}

/** The name of the directory behind `..data`; undefined where there is no such link, as in a plain directory. */
async function publishedGeneration(root: string, read: typeof readlink): Promise<string | undefined> {
  const link = join(root, dataLinkName)
  let target: string
  try {
    target = await read(link)
  } catch (error) {
    // EINVAL: not a link. Some runtimes copy a volume without its links (kata-containers/runtime#2950).
    if (isErrno(error, 'ENOENT', 'EINVAL')) return undefined
    throw error
  }
  if (target === basename(target) && target !== '.' && target !== '..') return target
  throw new CodedError('PM1203', `${link} leads to ${target}, outside ${root}`)
}

/** The generation's files; undefined when it is gone, or on its way. */
async function readGeneration(rules: TreeRules, generation: string): Promise<Map<string, Buffer> | undefined> {
  const top = join(rules.root, generation)
  return unlessItChanges(async () => {
    if (!(await lstat(top)).isDirectory()) throw new CodedError('PM1203', `${top} is not a directory of its own`)
    return readTree(top, { ...rules, skipsReserved: false })
  })
}

/** The directory's files when two readings agree: then they were all there, as they are, between the two. */
async function readPlain(rules: TreeRules): Promise<Map<string, Buffer> | undefined> {
  return unlessItChanges(async () => {
    const first = contentHash(await readTree(rules.root, rules))
    const files = await readTree(rules.root, rules)
    return contentHash(files) === first ? files : undefined
  })
}

async function unlessItChanges<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined
    throw error
  }
}

function readFailure(dir: string, error: unknown): unknown {
  if (!isErrno(error)) return error
  if (error.code === 'ENOENT') return new CodedError('PM1201', `${dir} does not exist`, { cause: error })
  if (error.code === 'ENOTDIR') return new CodedError('PM1205', `${dir} is not a directory`, { cause: error })
  const who = `this process is ${process.getuid?.()}:${process.getgid?.()} (uid:gid)`
  return new CodedError('PM1205', `cannot read ${dir}: ${error.message}; ${who}`, { cause: error })
}
