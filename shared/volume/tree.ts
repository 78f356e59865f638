/** Reads all files under a directory, within limits, and not one byte from outside the volume. */
import { constants, type Dirent } from 'node:fs'
import { lstat, open, opendir, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { CodedError } from '../errors/coded-error.ts'
import { inKeyOrder } from './content-hash.ts'
import { isErrno } from './errno.ts'

/** What may be read, and how much of it. */
export interface TreeRules {
  /** Real path of the volume: links that lead out of it are refused. */
  readonly root: string
  /** Leaves out names that begin with `..`: the inner workings of a volume. */
  readonly skipsReserved: boolean
  /** Files and directories in all. */
  readonly entriesMax: number
  /** Bytes of all files together. */
  readonly bytesMax: number
}

/**
 * Reads the tree under `top`, a real path inside the root, one file after another.
 * @returns contents in the order of their keys
 * @throws CodedError PM1202 too large, PM1203 a link that leaves the root; ENOENT, ENOTDIR or ELOOP when the tree
 *   changes meanwhile, and any other errno as it comes
 */
export async function readTree(top: string, rules: TreeRules): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>()
  let entries = 0
  let bytes = 0
  await readDirectory(top, '', [top])
  return inKeyOrder(files)

  async function readDirectory(path: string, prefix: string, above: readonly string[]): Promise<void> {
    for await (const entry of await opendir(path)) {
      if (rules.skipsReserved && entry.name.startsWith('..')) continue
      entries += 1
      if (entries > rules.entriesMax) throw tooLarge(rules.root, `${rules.entriesMax} files and directories`)
      await readEntry(entry, join(path, entry.name), prefix + entry.name, above)
    }
  }

  async function readEntry(entry: Dirent, path: string, key: string, above: readonly string[]): Promise<void> {
    if (entry.isFile()) return readFile(path, key)
    if (entry.isDirectory()) return readDirectory(path, `${key}/`, [...above, path])
    if (entry.isSymbolicLink()) return followLink(path, key, above)
  }

  async function followLink(path: string, key: string, above: readonly string[]): Promise<void> {
    const target = await destinationOf(path)
    if (target === undefined) return
    if (!isInside(rules.root, target)) {
      throw new CodedError('PM1203', `${path} leads to ${target}, outside ${rules.root}: put the file itself there`)
    }
    const stats = await lstat(target)
    if (stats.isFile()) return readFile(target, key)
    if (!stats.isDirectory()) return
    if (above.includes(target)) throw new CodedError('PM1203', `${path} leads back to ${target}, in which it lies`)
    return readDirectory(target, `${key}/`, [...above, target])
  }

  async function readFile(path: string, key: string): Promise<void> {
    // NOFOLLOW, because the name may have become a link since it was looked at; NONBLOCK, because opening a pipe waits.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const stats = await file.stat()
      if (!stats.isFile()) return
      if (bytes + stats.size > rules.bytesMax) throw tooLarge(rules.root, `${rules.bytesMax} bytes`)
      const content = await file.readFile()
      bytes += content.length
      files.set(key, content)
    } finally {
      await file.close()
    }
  }
}

/** Where a link leads in the end; undefined for one that leads nowhere, which has no content to read. */
async function destinationOf(link: string): Promise<string | undefined> {
  try {
    return await realpath(link)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ELOOP')) return undefined
    throw error
  }
}

function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)
}

function tooLarge(root: string, limit: string): CodedError {
  return new CodedError('PM1202', `${root} holds more than ${limit}: mount only the configuration there`)
}
