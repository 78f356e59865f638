/** Reading the configuration's files from the real file system, never more of them than asked for. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

/**
 * Reads a regular file.
 * @param bytesMax at most `bytesMax + 1` bytes are read, so that the caller can tell a file that is too large
 * @throws what the system says; an Error for anything that is no regular file
 */
export function readFileAtMost(path: string, bytesMax: number): Uint8Array {
  // Without O_NONBLOCK, opening a named pipe waits for a writer, perhaps for ever.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    if (!fstatSync(file).isFile()) throw new Error('it is no regular file')
    const buffer = Buffer.alloc(Math.min(bytesMax, fstatSync(file).size) + 1)
    let length = 0
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(file, buffer, length, buffer.length - length, null)
    }
    return buffer.subarray(0, length)
  } finally {
    closeSync(file)
  }
}
