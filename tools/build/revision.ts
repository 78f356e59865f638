/** Which sources are being built: for `podmate version`, the image labels and reproducible file times. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootFolder } from '../setup/cache-folder.ts'
import { runProgram } from '../setup/run-program.ts'

export interface Revision {
  /** Of the root package.json. */
  readonly version: string
  /** Short commit id, with `-dirty` when files differ from it; `unknown` without git. */
  readonly commit: string
  /** SOURCE_DATE_EPOCH where it is set, else the date of the commit: the same sources get the same date. */
  readonly date: Date
}

/** Asks git; never throws for want of it. */
export async function currentRevision(env: NodeJS.ProcessEnv = process.env): Promise<Revision> {
  const { version } = JSON.parse(readFileSync(join(rootFolder, 'package.json'), 'utf8'))
  const [commit, committed] = await Promise.all([
    git('describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'),
    git('log', '-1', '--format=%ct'),
  ])
  return {
    version,
    commit: commit ?? 'unknown',
    date: new Date(Number(env.SOURCE_DATE_EPOCH ?? committed ?? 0) * 1000),
  }
}

async function git(...args: string[]): Promise<string | undefined> {
  const { code, stdout } = await runProgram('git', args, { cwd: rootFolder })
  return code === 0 ? stdout.trim() : undefined
}
