/** What a verb prints: its product on stdout, what went wrong on stderr. */

export interface Terminal {
  /** @param text without its last newline */
  out(text: string): void
  err(text: string): void
}

export function processTerminal(): Terminal {
  // `podmate schema | head` closes the pipe early; that is no failure.
  process.stdout.on('error', () => process.exit(0))
  return {
    out: (text) => {
      process.stdout.write(`${text}\n`)
    },
    err: (text) => {
      process.stderr.write(`${text}\n`)
    },
  }
}
