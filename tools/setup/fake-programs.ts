/** Programs of a test's own making, alone on the PATH: for set-up code whose whole work is to run programs. */
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * @param scripts by name, each the body of a shell script; `$FOLDER` is the folder, for what they leave one another
 * @returns the folder, to be made the PATH
 */
export function fakePrograms(scripts: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'programs-'))
  for (const [name, body] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\nFOLDER=${folder}\n${body}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  return folder
}
