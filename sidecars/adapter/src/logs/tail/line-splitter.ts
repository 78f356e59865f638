/**
 * Cuts a stream of bytes into lines, knowing for each where in the file it ends, so that a checkpoint never
 * points into the middle of one. Holds the last line until its newline has come.
 */

export interface RawLine {
  readonly text: string
  /** Bytes from the start of the file to the first byte after this line and its newline. */
  readonly endOffset: number
  /** The line was cut: it was longer than the limit, or the file ended without a newline. */
  readonly partial: boolean
}

export interface LineSplitter {
  /** Takes the next bytes of the file. @returns the lines that they complete */
  push(chunk: Buffer): RawLine[]
  /** Gives up the wait for a newline. @returns the last line, where there is the beginning of one */
  flush(): RawLine | undefined
  /** Bytes held back. */
  pendingBytes(): number
}

const newline = 0x0a
const carriageReturn = 0x0d

/**
 * @param startOffset where in the file the first byte of the first chunk stands
 * @param lineBytesMax a longer line is given out in pieces of so many bytes, each but the last marked partial
 */
export function createLineSplitter(startOffset: number, lineBytesMax: number): LineSplitter {
  let held: Buffer = Buffer.alloc(0)
  let heldOffset = startOffset

  const takeLine = (bytes: Buffer): RawLine => {
    heldOffset += bytes.length + 1
    const end = bytes.at(-1) === carriageReturn ? bytes.length - 1 : bytes.length
    return { text: bytes.toString('utf8', 0, end), endOffset: heldOffset, partial: false }
  }
  const takePiece = (bytes: Buffer): RawLine => {
    heldOffset += bytes.length
    return { text: bytes.toString('utf8'), endOffset: heldOffset, partial: true }
  }

  return {
    push(chunk) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      const lines: RawLine[] = []
      let from = 0
      for (;;) {
        const end = bytes.indexOf(newline, from)
        const lineEnd = end === -1 ? bytes.length : end
        while (lineEnd - from > lineBytesMax) {
          const cut = characterBoundary(bytes, from, from + lineBytesMax)
          lines.push(takePiece(bytes.subarray(from, cut)))
          from = cut
        }
        if (end === -1) break
        lines.push(takeLine(bytes.subarray(from, end)))
        from = end + 1
      }
      held = Buffer.from(bytes.subarray(from))
      return lines
    },
    flush() {
      if (held.length === 0) return undefined
      const line = takePiece(held)
      held = Buffer.alloc(0)
      return line
    },
    pendingBytes: () => held.length,
  }
}

/** The last place up to `to` that does not stand inside a UTF-8 character, or `to` where the bytes are not UTF-8. */
function characterBoundary(bytes: Buffer, from: number, to: number): number {
  for (let cut = to; cut > Math.max(from, to - 4); cut -= 1) {
    if (((bytes[cut] ?? 0) & 0xc0) !== 0x80) return cut
  }
  return to
}
