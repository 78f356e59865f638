/** Which files are there now: the patterns of an input against the directories. */
import { glob, readdir, stat } from 'node:fs/promises'
import { dirname, join, matchesGlob } from 'node:path'
import { type FilePosition, fileKey } from './file-identity.ts'

/** A regular file and what tells it from others. */
export interface FoundFile {
  readonly path: string
  /** Device and inode. */
  readonly key: string
}

export interface FilePatterns {
  /** Absolute glob patterns. */
  readonly files: readonly string[]
  readonly exclude: readonly string[]
}

/** A file that comes or goes meanwhile is found or missed; the next call sees it right. */
export async function findFiles({ files, exclude }: FilePatterns): Promise<FoundFile[]> {
  const found = new Map<string, FoundFile>()
  for (const pattern of files) {
    for await (const path of glob(pattern)) {
      if (exclude.some((excluded) => matchesGlob(path, excluded))) continue
      const file = await regularFile(path)
      if (file !== undefined && !found.has(file.key)) found.set(file.key, file)
    }
  }
  return [...found.values()]
}

/**
 * A file that was renamed while nobody read it no longer has a name that any pattern matches, but the rest of
 * it is still in its directory.
 */
export async function findRenamed(lastPath: string, position: FilePosition): Promise<FoundFile | undefined> {
  const folder = dirname(lastPath)
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    const file = await regularFile(join(folder, name))
    if (file?.key === fileKey(position)) return file
  }
  return undefined
}

async function regularFile(path: string): Promise<FoundFile | undefined> {
  const seen = await stat(path).catch(() => undefined)
  return seen?.isFile() ? { path, key: fileKey(seen) } : undefined
}
