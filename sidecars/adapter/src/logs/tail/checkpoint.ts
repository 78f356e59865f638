/**
 * Where reading stopped, kept in a directory that outlives the process (an emptyDir). Written whole or not at
 * all: a temporary file, fsync, rename.
 */
import { mkdir, open, readFile, rename, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import type { FilePosition } from './file-identity.ts'

/** A position and the name under which the file was last seen. */
export interface Checkpoint extends FilePosition {
  readonly path: string
}

/** What an earlier life left behind. */
export interface LoadedCheckpoints {
  readonly checkpoints: readonly Checkpoint[]
  /** When it was written, ms since 1970 by the clock of the file system; undefined when there is none. */
  readonly savedAtMs?: number
  readonly problem?: unknown
}

/** Where checkpoints are kept between two lives of the process. */
export interface CheckpointStore {
  /** @returns nothing when there is no checkpoint, or none that can be read: lines are then read again, not lost */
  load(): Promise<LoadedCheckpoints>
  save(checkpoints: readonly Checkpoint[]): Promise<void>
}

const fileName = 'adapter-logs.json'

const format = v.object({
  version: v.literal(1),
  files: v.array(
    v.object({
      path: v.string(),
      dev: v.number(),
      ino: v.number(),
      offset: v.pipe(v.number(), v.minValue(0)),
      headBytes: v.pipe(v.number(), v.minValue(0), v.maxValue(1024)),
      headHash: v.string(),
    }),
  ),
})

/** @param dir made when it does not exist */
export function createCheckpointStore(dir: string): CheckpointStore {
  const file = join(dir, fileName)
  return {
    async load() {
      try {
        const { files } = v.parse(format, JSON.parse(await readFile(file, 'utf8')))
        return { checkpoints: files, savedAtMs: (await stat(file)).mtimeMs }
      } catch (problem) {
        return isAbsent(problem) ? { checkpoints: [] } : { checkpoints: [], problem }
      }
    },
    async save(checkpoints) {
      await mkdir(dir, { recursive: true })
      const draft = `${file}.tmp`
      const handle = await open(draft, 'w', 0o600)
      try {
        await handle.writeFile(JSON.stringify({ version: 1, files: checkpoints }))
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(draft, file)
      await syncFolder(dirname(file))
    },
  }
}

/** The rename itself must be on disk, or a power cut brings the old checkpoint back. */
async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, 'r')
  await handle.sync().finally(() => handle.close())
}

function isAbsent(problem: unknown): boolean {
  return problem instanceof Error && 'code' in problem && problem.code === 'ENOENT'
}

/** For a sidecar without a checkpoint directory: after a restart every file is read from its start. */
export const noCheckpoints: CheckpointStore = {
  load: async () => ({ checkpoints: [] }),
  save: async () => {},
}
