/** What a verb prints: its product on stdout, what went wrong on stderr. */

/** Where a verb prints to. */
export interface Terminal {
  /** @param text without its last newline */
  out(text: string): void
  err(text: string): void
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  // `podmate schema | head` closes the pipe early; that is no failure. A full disk is one.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  return {
    out: (text) => {
      process.stdout.write(`${text}\n`)
    },
    err: (text) => {
      process.stderr.write(`${text}\n`)
    },
  }
}
