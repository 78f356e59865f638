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
  const siblings = await filesBeside(lastPath)
  return siblings.find((file) => fileKey(file) === fileKey(position))
}

const compressed = /\.(?:gz|bz2|zst|xz)$/

/**
 * What may have come and gone under a name while nobody looked: files called `<path>.<anything>` that were
 * written since. Links are left out, for the app could have made them.
 * @param sinceMs since 1970 @returns the oldest first
 */
export async function findRotated(path: string, sinceMs: number, exclude: readonly string[]): Promise<FoundFile[]> {
  const siblings = await filesBeside(path)
  const rotated: FoundFile[] = []
  for (const file of siblings) {
    if (!file.path.startsWith(`${path}.`) || compressed.test(file.path) || file.modifiedMs < sinceMs) continue
    if (exclude.some((excluded) => matchesGlob(file.path, excluded))) continue
    const isLink = await lstat(file.path).then(
      (seen) => seen.isSymbolicLink(),
      () => true,
    )
    if (!isLink) rotated.push(file)
  }
  return rotated.toSorted((a, b) => a.modifiedMs - b.modifiedMs)
}

/**
 * The copy that was made of a file before it was truncated: another file of the directory that begins alike and
 * is at least as long as what was read. It holds what the app wrote between the last look and the truncation.
 */
export async function findCopy(path: string, position: FilePosition): Promise<FoundFile | undefined> {
  if (position.headBytes === 0) return undefined
  const siblings = await filesBeside(path)
  const candidates = siblings
    .filter((file) => fileKey(file) !== fileKey(position) && file.size >= position.offset)
    .toSorted((a, b) => b.modifiedMs - a.modifiedMs)
  for (const file of candidates) {
    const headHash = await headHashOfFile(file.path, position.headBytes).catch(() => undefined)
    if (headHash === position.headHash) return file
  }
  return undefined
}

async function filesBeside(path: string): Promise<FoundFile[]> {
  const folder = dirname(path)
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
