/**
 * What became of files that are not open: how far each was read. A rotated file keeps its inode through all its
 * names, so this tells the ones that were read from the ones that came and went between two looks. An inode is used
 * again after a delete; so size and beginning must fit as well.
 */
import type { Checkpoint } from './checkpoint.ts'
import type { FoundFile } from './discover.ts'
import { fileKey, headBytesMax } from './file-identity.ts'
import { headHashOfFile } from './file-tail.ts'

/** More would make the checkpoint, which is written each second, too large; what is dropped raises `floorMs`. */
const filesMax = 1000

export interface ClosedFiles {
  has(key: string): boolean
  add(file: Checkpoint): void
  /** Takes all that is in the file now for read. */
  addWhole(file: FoundFile): Promise<void>
  /** Forgets the file, for it is opened. @returns where its reading ended */
  take(key: string): Checkpoint | undefined
  /** Whether everything in the file was read. A file that has grown, or another one with its inode, was not. */
  isRead(file: FoundFile): Promise<boolean>
  /** Forgets the files that have left a directory. @param there every file that is in it now */
  keepOnly(there: readonly FoundFile[], wasThere: (file: Checkpoint) => boolean): void
  /** Files that were last written at this time, ms since 1970, or before are none of ours. */
  floorMs(): number
  entries(): readonly Checkpoint[]
}

/** @param floorMs ms since 1970 */
export function createClosedFiles(known: readonly Checkpoint[], floorMs: number): ClosedFiles {
  const files = new Map(known.map((file) => [fileKey(file), file]))
  /** Size and time of a file when its beginning was compared last; spares the reading while they stay. */
  const compared = new Map<string, string>()
  let floor = floorMs

  const forget = (key: string): void => {
    files.delete(key)
    compared.delete(key)
  }
  return {
    has: (key) => files.has(key),
    add: (file) => void files.set(fileKey(file), file),
    async addWhole({ path, dev, ino, size }) {
      const headBytes = Math.min(size, headBytesMax)
      const headHash = await headHashOfFile(path, headBytes).catch(() => '')
      files.set(fileKey({ dev, ino }), { path, dev, ino, offset: size, headBytes, headHash })
    },
    take(key) {
      const file = files.get(key)
      forget(key)
      return file
    },
    async isRead(found) {
      const key = fileKey(found)
      const file = files.get(key)
      if (file === undefined || file.offset !== found.size) return false
      const sighting = `${found.size} ${found.modifiedMs}`
      if (compared.get(key) === sighting) return true
      const headHash = await headHashOfFile(found.path, file.headBytes).catch(() => undefined)
      if (headHash !== file.headHash) return false
      compared.set(key, sighting)
      return true
    },
    keepOnly(there, wasThere) {
      const keys = new Set(there.map(fileKey))
      for (const [key, file] of files) if (wasThere(file) && !keys.has(key)) forget(key)
      const oldest = there.filter((file) => files.has(fileKey(file))).toSorted((a, b) => a.modifiedMs - b.modifiedMs)
      for (const file of oldest.slice(0, Math.max(0, files.size - filesMax))) {
        forget(fileKey(file))
        floor = Math.max(floor, file.modifiedMs)
      }
    },
    floorMs: () => floor,
    entries: () => [...files.values()],
  }
}
