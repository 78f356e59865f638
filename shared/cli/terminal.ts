/** What a verb prints: its product on stdout, what went wrong on stderr. */

/** Where a verb prints to. */
export interface Terminal {
  /** @param text without its last newline */
  out(text: string): void
  err(text: string): void
}

/**
 * Says once that stdout is lost: `podmate run | head -1`, a full disk. What a log line would tell from then on, the
 * reason for the end included, reaches nobody.
 */
export function tellOfLostReader(name: string, stderr: (text: string) => void): void {
  process.stdout.once('error', ({ code, message }: NodeJS.ErrnoException) => {
    stderr(`${name}: stdout takes nothing any more (${code ?? message}); log lines are lost\n`)
  })
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
