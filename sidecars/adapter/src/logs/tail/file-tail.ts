/**
 * One open file, read as it grows. The descriptor stays open across a rename, so that a rotated file is read
 * to its end; a file that was truncated in place is read again from its start.
 */
import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { type FilePosition, fileKey, headBytesMax, recognise } from './file-identity.ts'
import { createLineSplitter, type LineSplitter, type RawLine } from './line-splitter.ts'

export interface TailOptions {
  /** A longer line is given out in pieces of so many bytes. */
  readonly lineBytesMax: number
  /** Bytes read at once, and so the most that waits in memory for the sink. */
  readonly chunkBytes: number
}

/** What one look at a file brought. */
export interface TailRead {
  readonly lines: readonly RawLine[]
  /** Bytes taken from the file; 0 when there was nothing new. */
  readonly bytes: number
  /** The file was truncated in place, and is now read from its start again. */
  readonly truncated: boolean
}

/** A file that is open for as long as anything may still be written to it. */
export interface FileTail {
  /** Device and inode: the same for as long as the file is open, whatever its name. */
  readonly key: string
  /** What came in since the last call, a chunk's worth at most. */
  read(): Promise<TailRead>
  /** The line at the end that has no newline, now that none will come. */
  flush(): RawLine | undefined
  /** Everything up to `endOffset` has reached the sink. */
  acknowledge(endOffset: number): Promise<void>
  /** What to remember of this file: all that was acknowledged, and nothing else. */
  position(): FilePosition
  /** Bytes written by the app and not yet acknowledged, as of the last read. */
  lagBytes(): number
  close(): Promise<void>
}

/**
 * @param known where an earlier run left this file; ignored when it is no longer the same file
 * @throws what the system says when the file cannot be opened
 */
export async function openTail(path: string, known: FilePosition | undefined, options: TailOptions): Promise<FileTail> {
  const handle = await open(path, 'r')
  const { dev, ino } = await handle.stat()
  const resumed = known !== undefined && (await isSame(handle, known)) ? known : undefined
  let position: FilePosition = resumed ?? { dev, ino, offset: 0, headBytes: 0, headHash: await headHashOf(handle, 0) }
  let readOffset = position.offset
  let splitter: LineSplitter = createLineSplitter(readOffset, options.lineBytesMax)
  let size = 0
  const chunk = Buffer.allocUnsafe(options.chunkBytes)

  return {
    key: fileKey({ dev, ino }),
    async read() {
      const before = size
      size = (await handle.stat()).size
      const lines: RawLine[] = []
      let truncated = false
      if (size !== before && !(await isSame(handle, { ...position, offset: readOffset }))) {
        const last = splitter.flush()
        if (last !== undefined) lines.push(last)
        await startOver()
        truncated = true
      }
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, readOffset)
      readOffset += bytesRead
      lines.push(...splitter.push(chunk.subarray(0, bytesRead)))
      return { lines, bytes: bytesRead, truncated }
    },
    flush: () => splitter.flush(),
    async acknowledge(offset) {
      const headBytes = Math.min(headBytesMax, offset)
      const headHash = headBytes === position.headBytes ? position.headHash : await headHashOf(handle, headBytes)
      position = { dev, ino, offset, headBytes, headHash }
    },
    position: () => position,
    lagBytes: () => Math.max(0, size - position.offset),
    close: () => handle.close(),
  }

  async function startOver(): Promise<void> {
    readOffset = 0
    position = { dev, ino, offset: 0, headBytes: 0, headHash: await headHashOf(handle, 0) }
    splitter = createLineSplitter(0, options.lineBytesMax)
  }
}

async function isSame(handle: FileHandle, position: FilePosition): Promise<boolean> {
  const { dev, ino, size } = await handle.stat()
  const headHash = await headHashOf(handle, position.headBytes)
  return recognise(position, { dev, ino, size, headHash }) === 'same'
}

async function headHashOf(handle: FileHandle, bytes: number): Promise<string> {
  const head = Buffer.alloc(bytes)
  const { bytesRead } = bytes === 0 ? { bytesRead: 0 } : await handle.read(head, 0, bytes, 0)
  return createHash('sha256').update(head.subarray(0, bytesRead)).digest('hex')
}
