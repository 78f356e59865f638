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

/** All that the next life must know. */
export interface TailState {
  /** Files that are open: the rest of them is looked for. */
  readonly open: readonly Checkpoint[]
  /** Files that were read, or are none of ours, and are still there. */
  readonly closed: readonly Checkpoint[]
  /** The names whose rotations are followed. */
  readonly names: readonly string[]
  /** Files that were last written at this time, ms since 1970, or before are none of ours. */
  readonly floorMs: number
}

/** What an earlier life left behind: `state` is undefined when there is nothing, or nothing that can be read. */
export interface LoadedState {
  readonly state?: TailState
  readonly problem?: unknown
}

/** Where checkpoints are kept between two lives of the process. */
export interface CheckpointStore {
  /** @returns nothing when there is no checkpoint, or none that can be read: lines are then read again, not lost */
  load(): Promise<LoadedState>
  save(state: TailState): Promise<void>
}

const fileName = 'adapter-logs.json'

const position = v.object({
  path: v.string(),
  dev: v.number(),
  ino: v.number(),
  offset: v.pipe(v.number(), v.minValue(0)),
  headBytes: v.pipe(v.number(), v.minValue(0), v.maxValue(1024)),
  headHash: v.string(),
})

/** Version 1 knew only the open files. */
const format = v.variant('version', [
  v.object({ version: v.literal(1), files: v.array(position) }),
  v.object({
    version: v.literal(2),
    open: v.array(position),
    closed: v.array(position),
    names: v.array(v.string()),
    floorMs: v.number(),
  }),
])

/** @param dir made when it does not exist */
export function createCheckpointStore(dir: string): CheckpointStore {
  const file = join(dir, fileName)
  return {
    async load() {
      try {
        const saved = v.parse(format, JSON.parse(await readFile(file, 'utf8')))
        if (saved.version === 2) return { state: saved }
        const names = saved.files.map(({ path }) => path)
        return { state: { open: saved.files, closed: [], names, floorMs: (await stat(file)).mtimeMs } }
      } catch (problem) {
        return isAbsent(problem) ? {} : { problem }
      }
    },
    async save(state) {
      await mkdir(dir, { recursive: true })
      const draft = `${file}.tmp`
      const handle = await open(draft, 'w', 0o600)
      try {
        await handle.writeFile(JSON.stringify({ version: 2, ...state }))
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
  load: async () => ({}),
  save: async () => {},
}
