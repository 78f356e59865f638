/**
 * Rotation by rename, seen from the directory. Between two looks a name may have been given to many files: when it
 * leads to another inode than before, every file `<name>.<anything>` beside it that was never read is one of them.
 * Copies are not found here, unless their original was truncated: the name then keeps its inode.
 */
import { dirname } from 'node:path'
import type { Checkpoint } from './checkpoint.ts'
import type { ClosedFiles } from './closed-files.ts'
import { compressedName, type FoundFile, type Listing, listFolder, rotationsOf } from './discover.ts'
import { fileKey } from './file-identity.ts'

/** Files that were rotated and can no longer be read. `deleted`: gone, as far as can be told. */
export type MissedReason = 'deleted' | 'compressed'

export interface RotationWorld {
  readonly closed: ClosedFiles
  isOpen(key: string): boolean
  onMissed(name: string, files: number, reason: MissedReason): void
}

export interface Rotations {
  /** The names that are followed. */
  names(): readonly string[]
  /** Tells which file is open under each name now. A name that leads elsewhere than before, or nowhere, is due. */
  see(current: ReadonlyMap<string, string>): void
  /** A name is due: its rotated files are looked at in the next call of `unread`. */
  lookAgain(name: string): void
  /** The rotated files of all due names that are open or have something unread in them, the oldest first. */
  unread(): Promise<readonly RotatedFile[]>
  /** All rotated files of all names, compressed ones too, which are taken for old: none of them is due any more. */
  older(): Promise<readonly FoundFile[]>
}

export interface RotatedFile extends FoundFile {
  /** The name under which it was written. */
  readonly name: string
}

interface Name {
  readonly path: string
  /** What stood under the name at the last look. */
  key: string | undefined
  due: boolean
  /** What stood under the name before, until that was looked for among the rotated files. */
  before: string | undefined
  /** Files that had the name, or `<name>.<anything>`, by the last look. */
  had: ReadonlySet<string>
  /** Files that the last look found unread. */
  announced: ReadonlySet<string>
}

/** @param known names of an earlier life, which are due */
export function createRotations(known: readonly string[], exclude: readonly string[], world: RotationWorld): Rotations {
  const { closed, isOpen, onMissed } = world
  const names = new Map(known.map((path) => [path, newName(path)]))
  return { names: () => [...names.keys()], see, lookAgain, unread, older }

  function see(current: ReadonlyMap<string, string>): void {
    for (const path of current.keys()) if (!names.has(path)) names.set(path, newName(path))
    for (const name of names.values()) {
      const key = current.get(name.path)
      // While there is no file under the name, nothing tells that one came and went.
      if (key !== name.key || key === undefined) name.due = true
      if (name.key !== undefined && key !== name.key) {
        name.had = new Set([...name.had, name.key])
        name.before = name.key
      }
      name.key = key
    }
  }

  function lookAgain(path: string): void {
    const name = names.get(path)
    if (name !== undefined) name.due = true
  }

  async function unread(): Promise<readonly RotatedFile[]> {
    const listings = new Map<string, Listing>()
    const found: RotatedFile[] = []
    for (const name of [...names.values()].filter(({ due }) => due)) {
      const folder = dirname(name.path)
      const listing = listings.get(folder) ?? (await listFolder(folder))
      listings.set(folder, listing)
      const files = await look(name, listing)
      found.push(...files.map((file) => ({ ...file, name: name.path })))
    }
    for (const [folder, { files, state }] of listings) {
      if (state === 'settled') closed.keepOnly(files, ({ path }) => dirname(path) === folder)
    }
    return found.toSorted((a, b) => a.modifiedMs - b.modifiedMs)
  }

  async function look(name: Name, { files, state }: Listing): Promise<readonly FoundFile[]> {
    const { plain, compressed } = await rotationsOf(name.path, files, exclude)
    const rotated: FoundFile[] = []
    const fresh = new Set<string>()
    for (const file of plain) {
      const key = fileKey(file)
      if (isOpen(key)) rotated.push(file)
      else if (file.modifiedMs > closed.floorMs() && !(await closed.isRead(file))) {
        rotated.push(file)
        fresh.add(key)
      }
    }
    // Names were given away while they were read; what is missing in the list may only have moved.
    if (state === 'moving') return rotated
    countMissed(name, files, compressed, fresh)
    const isOver = name.key === undefined && plain.length === 0 && ![...name.had].some(isOpen)
    if (isOver) names.delete(name.path)
    name.due = false
    name.before = undefined
    name.had = new Set([...plain.map(fileKey), ...[...name.had].filter(isOpen)])
    name.announced = fresh
    return rotated
  }

  /** Counts what is certain, and one file where more were rotated away than are kept. */
  function countMissed(
    name: Name,
    there: readonly FoundFile[],
    compressed: readonly FoundFile[],
    fresh: ReadonlySet<string>,
  ): void {
    const keys = new Set(there.map(fileKey))
    const paths = new Set(there.map(({ path }) => path))
    const vanished = [...name.had].filter((key) => !keys.has(key))
    // While its original is still there, a compressed file is being made of it.
    const made = compressed.filter(
      (file) =>
        !closed.has(fileKey(file)) && file.modifiedMs > closed.floorMs() && !paths.has(compressedName(file.path)),
    )
    for (const file of made) closed.add(unreadable(file))
    const unseen = [...name.announced].filter((key) => !keys.has(key) && !isOpen(key) && !closed.has(key)).length
    const read = vanished.length - unseen
    if (made.length > read) onMissed(name.path, made.length - read, 'compressed')
    else if (unseen > 0) onMissed(name.path, unseen, 'deleted')
    else if (name.before !== undefined && !keys.has(name.before) && fresh.size > made.length)
      onMissed(name.path, 1, 'deleted')
  }

  async function older(): Promise<readonly FoundFile[]> {
    const found: FoundFile[] = []
    for (const name of names.values()) {
      const { files } = await listFolder(dirname(name.path))
      const { plain, compressed } = await rotationsOf(name.path, files, exclude)
      found.push(...plain, ...compressed)
      name.had = new Set(plain.map(fileKey))
      name.due = false
    }
    return found
  }
}

function newName(path: string): Name {
  return { path, key: undefined, due: true, before: undefined, had: new Set(), announced: new Set() }
}

/** No beginning hashes to this, so a log file that gets the inode later is read from its start. */
function unreadable({ path, dev, ino, size }: FoundFile): Checkpoint {
  return { path, dev, ino, offset: size, headBytes: 0, headHash: '' }
}
