/** Which files are there now: the patterns of an input against the directories. */
import { glob, lstat, readdir, realpath, stat } from 'node:fs/promises'
import { dirname, join, matchesGlob, sep } from 'node:path'
import { type FilePosition, fileKey } from './file-identity.ts'
import { headHashOfFile } from './file-tail.ts'

/** A regular file and what tells it from others. */
export interface FoundFile {
  readonly path: string
  readonly dev: number
  readonly ino: number
  readonly size: number
  readonly modifiedMs: number
}

/** Which files an input names. */
export interface FilePatterns {
  /** Absolute glob patterns. */
  readonly files: readonly string[]
  readonly exclude: readonly string[]
}

/** A file that comes or goes meanwhile is found or missed; the next call sees it right. */
export async function findFiles({ files, exclude }: FilePatterns): Promise<FoundFile[]> {
  const found = new Map<string, FoundFile>()
  for (const pattern of files) {
    const root = fixedPart(pattern)
    for await (const path of glob(pattern)) {
      if (exclude.some((excluded) => matchesGlob(path, excluded))) continue
      const file = await regularFile(path)
      if (file === undefined || found.has(fileKey(file)) || !(await isWithin(root, path))) continue
      found.set(fileKey(file), file)
    }
  }
  return [...found.values()]
}

/** The directories of a pattern before its first wildcard. */
function fixedPart(pattern: string): string {
  const wildcard = pattern.search(/[*?[{(!]/)
  return dirname(wildcard === -1 ? pattern : pattern.slice(0, wildcard + 1))
}

/**
 * The app writes in that directory and could link its `x.log` to a file that only the adapter may read: its
 * configuration, or the environment of its process. A link within the directory is fine.
 */
async function isWithin(root: string, path: string): Promise<boolean> {
  try {
    const real = await realpath(root)
    return (await realpath(path)).startsWith(real.endsWith(sep) ? real : real + sep)
  } catch {
    return false
  }
}

/**
 * A file that was renamed while nobody read it no longer has a name that any pattern matches, but the rest of
 * it is still in its directory.
 */
export async function findRenamed(lastPath: string, position: FilePosition): Promise<FoundFile | undefined> {
  const siblings = await filesOf(dirname(lastPath))
  return siblings.find((file) => fileKey(file) === fileKey(position))
}

const compression = /\.(?:gz|bz2|zst|xz)$/

/** The name of the file of which a compressed one was made. */
export function compressedName(path: string): string {
  return path.replace(compression, '')
}

/** The regular files of a directory. `moving`: names changed while they were read, so some may be missing. */
export interface Listing {
  readonly files: readonly FoundFile[]
  readonly state: 'settled' | 'moving'
}

const listingsMax = 5

/** A file that is renamed between the reading of its name and the look at it is missed; two equal lists miss none. */
export async function listFolder(folder: string): Promise<Listing> {
  let before = await filesOf(folder)
  for (let count = 1; count < listingsMax; count += 1) {
    const files = await filesOf(folder)
    if (before.length > 0 && namesOf(files) === namesOf(before)) return { files, state: 'settled' }
    before = files
  }
  return { files: before, state: 'moving' }
}

function namesOf(files: readonly FoundFile[]): string {
  return files.map((file) => `${fileKey(file)} ${file.path}`).join('\n')
}

/** What may have had a name: the files called `<path>.<anything>`. */
export interface RotatedNames {
  readonly plain: readonly FoundFile[]
  readonly compressed: readonly FoundFile[]
}

/** Links are left out, for the app could have made them. @param files of the directory of `path` */
export async function rotationsOf(
  path: string,
  files: readonly FoundFile[],
  exclude: readonly string[],
): Promise<RotatedNames> {
  const rotated: FoundFile[] = []
  for (const file of files) {
    if (!file.path.startsWith(`${path}.`) || exclude.some((excluded) => matchesGlob(file.path, excluded))) continue
    const isLink = await lstat(file.path).then(
      (seen) => seen.isSymbolicLink(),
      () => true,
    )
    if (!isLink) rotated.push(file)
  }
  return {
    plain: rotated.filter((file) => !compression.test(file.path)),
    compressed: rotated.filter((file) => compression.test(file.path)),
  }
}

/**
 * The copy that was made of a file before it was truncated: another file of the directory that begins alike and
 * is at least as long as what was read. It holds what the app wrote between the last look and the truncation.
 */
export async function findCopy(path: string, position: FilePosition): Promise<FoundFile | undefined> {
  if (position.headBytes === 0) return undefined
  const siblings = await filesOf(dirname(path))
  const candidates = siblings
    .filter((file) => fileKey(file) !== fileKey(position) && file.size >= position.offset)
    .toSorted((a, b) => b.modifiedMs - a.modifiedMs)
  for (const file of candidates) {
    const headHash = await headHashOfFile(file.path, position.headBytes).catch(() => undefined)
    if (headHash === position.headHash) return file
  }
  return undefined
}

async function filesOf(folder: string): Promise<FoundFile[]> {
  const names = await readdir(folder).catch(() => [])
  const files = await Promise.all(names.map((name) => regularFile(join(folder, name))))
  return files.filter((file) => file !== undefined)
}

async function regularFile(path: string): Promise<FoundFile | undefined> {
  const seen = await stat(path).catch(() => undefined)
  if (!seen?.isFile()) return undefined
  const { dev, ino, size, mtimeMs } = seen
  return { path, dev, ino, size, modifiedMs: mtimeMs }
}
