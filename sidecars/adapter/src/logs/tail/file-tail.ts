/**
 * One open file, read as it grows. The descriptor stays open across a rename, so that a rotated file is read
 * to its end. Every read is checked afterwards: bytes count only when they come from the same content as those
 * before them, and not from what was written after the file was truncated in place.
 */
import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { type FilePosition, fileKey, headBytesMax, type Recognition, recognise } from './file-identity.ts'
import { createLineSplitter, type RawLine } from './line-splitter.ts'

/** How much is taken at once. */
export interface TailOptions {
  /** A longer line is given out in pieces of so many bytes. */
  readonly lineBytesMax: number
  /** Bytes read at once, and so the most that waits in memory for the sink. */
  readonly chunkBytes: number
}

/** What one look at a file brought. `truncated`: nothing more comes until `startOver`. */
export type TailRead =
  | { readonly state: 'read'; readonly lines: readonly RawLine[] /** Taken from the file. */; readonly bytes: number }
  | { readonly state: 'nothing new' }
  | { readonly state: 'truncated' }

/** A file that is open for as long as anything may still be written to it. */
export interface FileTail {
  /** Device and inode: the same for as long as the file is open, whatever its name. */
  readonly key: string
  /** What the file turned out to be when it was opened with a known position; `other` without one. */
  readonly recognition: Recognition
  /** What came in since the last call, a chunk's worth at most. */
  read(): Promise<TailRead>
  /** The line at the end that has no newline, now that none will come. */
  flush(): RawLine | undefined
  /** Reads the file from its start again, after it was truncated. */
  startOver(): void
  /** Everything up to `endOffset` has reached the sink. */
  acknowledge(endOffset: number): void
  /** What to remember of this file: all that was acknowledged, and nothing else. */
  position(): FilePosition
  /** Bytes written by the app and not yet acknowledged, as of the last read. */
  lagBytes(): number
  close(): Promise<void>
}

/**
 * @param knownOf where reading of the file with this key ended, asked for once the file is open: by then its name may
 *   lead to another. Ignored when it is no longer the same file
 * @throws what the system says when the file cannot be opened
 */
export async function openTail(
  path: string,
  knownOf: (key: string) => FilePosition | undefined,
  options: TailOptions,
): Promise<FileTail> {
  const handle = await open(path, 'r')
  const { dev, ino } = await handle.stat()
  const known = knownOf(fileKey({ dev, ino }))
  const fresh: FilePosition = { dev, ino, offset: 0, headBytes: 0, headHash: hashOf(Buffer.alloc(0)) }
  const recognition = known === undefined ? 'other' : await recogniseOpen(handle, known)
  let position = known !== undefined && recognition === 'same' ? known : fresh
  // The beginning as it was read: what stands in the file by the time a line is acknowledged may be another's.
  let head = await headOf(handle, position.headBytes)
  let readOffset = position.offset
  let splitter = createLineSplitter(readOffset, options.lineBytesMax)
  let size = 0
  let modifiedMs = Number.NaN

  return {
    key: fileKey({ dev, ino }),
    recognition,
    async read() {
      const seen = await handle.stat()
      // A file may be truncated and grow back to its old size between two looks, but then its time has changed.
      if (seen.size === readOffset && seen.size === size && seen.mtimeMs === modifiedMs) return { state: 'nothing new' }
      // Not kept between two reads: after many rotations there are many open files, and few of them have anything new.
      const chunk = Buffer.allocUnsafe(Math.min(options.chunkBytes, Math.max(1, seen.size - readOffset)))
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, readOffset)
      const read = { dev, ino, offset: readOffset, headBytes: head.length, headHash: hashOf(head) }
      if ((await recogniseOpen(handle, read)) !== 'same') return { state: 'truncated' }
      size = seen.size
      modifiedMs = seen.mtimeMs
      if (head.length < headBytesMax && head.length === readOffset) {
        head = Buffer.concat([head, chunk.subarray(0, Math.min(bytesRead, headBytesMax - readOffset))])
      }
      readOffset += bytesRead
      return { state: 'read', lines: splitter.push(chunk.subarray(0, bytesRead)), bytes: bytesRead }
    },
    flush: () => splitter.flush(),
    startOver() {
      position = fresh
      head = Buffer.alloc(0)
      readOffset = 0
      splitter = createLineSplitter(0, options.lineBytesMax)
    },
    acknowledge(offset) {
      const headBytes = Math.min(head.length, offset)
      position = { dev, ino, offset, headBytes, headHash: hashOf(head.subarray(0, headBytes)) }
    },
    position: () => position,
    lagBytes: () => Math.max(0, size - position.offset),
    close: () => handle.close(),
  }
}

/** The hash of the beginning of a file that is not open yet. @throws what the system says */
export async function headHashOfFile(path: string, bytes: number): Promise<string> {
  const handle = await open(path, 'r')
  return headHashOf(handle, bytes).finally(() => handle.close())
}

async function recogniseOpen(handle: FileHandle, position: FilePosition): Promise<Recognition> {
  const { dev, ino, size } = await handle.stat()
  const headHash = await headHashOf(handle, position.headBytes)
  return recognise(position, { dev, ino, size, headHash })
}

async function headHashOf(handle: FileHandle, bytes: number): Promise<string> {
  return hashOf(await headOf(handle, bytes))
}

async function headOf(handle: FileHandle, bytes: number): Promise<Buffer> {
  const head = Buffer.alloc(bytes)
  const { bytesRead } = bytes === 0 ? { bytesRead: 0 } : await handle.read(head, 0, bytes, 0)
  return head.subarray(0, bytesRead)
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
