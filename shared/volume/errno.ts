/** Tells whether `error` came from the operating system, and with one of these codes when some are given (`ENOENT`). */
export function isErrno(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException & { code: string } {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return false
  return codes.length === 0 || codes.includes(String(error.code))
}
