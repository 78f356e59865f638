/**
 * Reads every file of its patterns as they grow, in order, each line once: a line counts as read when it has
 * reached the sink, and only then does the checkpoint pass it. A slow sink slows the reading down; the file
 * itself is the buffer.
 */
import type { Logger } from '@podmates/shared/log/logger.ts'
import type { Clock } from '@podmates/shared/world/clock.ts'
import type { Checkpoint, CheckpointStore } from './checkpoint.ts'
import { type FilePatterns, type FoundFile, findFiles, findRenamed } from './discover.ts'
import { fileKey } from './file-identity.ts'
import { type FileTail, openTail, type TailOptions } from './file-tail.ts'
import type { RawLine } from './line-splitter.ts'

/** Lines of one file, in order. */
export interface LineBatch {
  readonly path: string
  readonly lines: readonly RawLine[]
}

export interface TailerOptions extends FilePatterns, TailOptions {
  /** Between two looks at the files, ms. */
  readonly pollMs: number
  /** Between two looks for new files, ms. */
  readonly discoverMs: number
  /** A file that was renamed or deleted is read until it has been quiet for so long, ms: its writer may not have let go. */
  readonly rotateWaitMs: number
  /** Between two checkpoints, ms. */
  readonly checkpointMs: number
}

export interface TailerWorld {
  readonly clock: Clock
  readonly log: Logger
  readonly checkpoints: CheckpointStore
  /** Resolves when the lines have left the process; rejects when they cannot. */
  deliver(batch: LineBatch): Promise<void>
  /** A file was truncated in place; what the app wrote between the last look and then is gone. */
  onTruncated(): void
}

export interface TailerFigures {
  readonly files: number
  /** Bytes written by the app and not yet delivered. */
  readonly lagBytes: number
}

export interface LogTailer {
  /** Finds the files and reads what is there already. */
  start(): Promise<void>
  /** Reads on until `over` aborts; a failure of the sink rejects. */
  run(over: AbortSignal): Promise<void>
  /** Reads everything to its end, waits one quiet moment, gives out unfinished lines, writes the checkpoint and closes. */
  finish(deadline: AbortSignal): Promise<void>
  figures(): TailerFigures
}

interface OpenFile {
  readonly tail: FileTail
  path: string
  /** Since when the file has had no name of ours and nothing new in it; undefined while it has one. */
  quietSinceMs?: number | undefined
}

/** After the app has ended, a write may still be on its way through the page cache of another mount. */
const quietMs = 100

export function createLogTailer(options: TailerOptions, world: TailerWorld): LogTailer {
  const { clock, log, checkpoints, deliver, onTruncated } = world
  const open = new Map<string, OpenFile>()
  const remembered = new Map<string, Checkpoint>()
  let discoveredMs = Number.NEGATIVE_INFINITY
  let savedMs = clock.now()
  let unsaved = false
  let sinkFailed = false

  return { start, run, finish, figures }

  async function start(): Promise<void> {
    const { checkpoints: known, problem } = await checkpoints.load()
    if (problem !== undefined)
      log.warn({ err: problem }, 'the checkpoint cannot be read, so every file is read from its start')
    for (const checkpoint of known) remembered.set(fileKey(checkpoint), checkpoint)
    await discover()
    for (const checkpoint of known) await resumeRenamed(checkpoint)
  }

  async function run(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      if (clock.now() - discoveredMs >= options.discoverMs) await discover()
      await readAll()
      await closeRotated()
      if (clock.now() - savedMs >= options.checkpointMs) await save()
      await clock.sleep(options.pollMs, over).catch(() => {})
    }
  }

  async function finish(deadline: AbortSignal): Promise<void> {
    try {
      if (sinkFailed) return
      await discover()
      do {
        await clock.sleep(quietMs, deadline).catch(() => {})
      } while ((await readAll()) > 0 && !deadline.aborted)
      for (const file of open.values()) await deliverLines(file, lastLine(file))
    } finally {
      await save()
      for (const { tail } of open.values()) await tail.close()
      open.clear()
    }
  }

  function figures(): TailerFigures {
    const tails = [...open.values()].map(({ tail }) => tail)
    return {
      files: tails.length,
      lagBytes: tails.reduce((sum, tail) => sum + tail.lagBytes(), 0),
    }
  }

  /** Opens what is new, and learns the new names of what is open. */
  async function discover(): Promise<void> {
    discoveredMs = clock.now()
    const found = await findFiles(options)
    for (const file of found) await openFound(file)
    const named = new Set(found.map(({ key }) => key))
    for (const [key, file] of open) {
      if (named.has(key)) file.quietSinceMs = undefined
      else file.quietSinceMs ??= clock.now()
    }
  }

  async function openFound({ path, key }: FoundFile): Promise<void> {
    const known = open.get(key)
    if (known !== undefined) {
      known.path = path
      return
    }
    try {
      const tail = await openTail(path, remembered.get(key), options)
      remembered.delete(key)
      open.set(key, { tail, path })
      log.info({ file: path, offset: tail.position().offset }, 'reading a log file')
    } catch (error) {
      log.warn({ file: path, err: error }, 'cannot read a log file')
    }
  }

  async function resumeRenamed(checkpoint: Checkpoint): Promise<void> {
    if (open.has(fileKey(checkpoint))) return
    const file = await findRenamed(checkpoint.path, checkpoint)
    if (file === undefined) return
    await openFound(file)
    const opened = open.get(file.key)
    if (opened !== undefined) opened.quietSinceMs = clock.now()
  }

  /** @returns how many bytes there were to read */
  async function readAll(): Promise<number> {
    let total = 0
    for (const file of open.values()) {
      for (;;) {
        const { lines, bytes, truncated } = await file.tail.read()
        if (truncated) noteTruncation(file)
        await deliverLines(file, lines)
        if (bytes === 0) break
        total += bytes
        if (file.quietSinceMs !== undefined) file.quietSinceMs = clock.now()
      }
    }
    return total
  }

  function noteTruncation({ path }: OpenFile): void {
    onTruncated()
    log.warn({ file: path }, 'a log file was truncated, so it is read from its start')
  }

  async function deliverLines(file: OpenFile, lines: readonly RawLine[]): Promise<void> {
    const last = lines.at(-1)
    if (last === undefined) return
    try {
      await deliver({ path: file.path, lines })
    } catch (error) {
      // These lines are read but not delivered: whatever came after them would move the checkpoint past them.
      sinkFailed = true
      throw error
    }
    await file.tail.acknowledge(last.endOffset)
    unsaved = true
  }

  function lastLine({ tail }: OpenFile): readonly RawLine[] {
    const line = tail.flush()
    return line === undefined ? [] : [line]
  }

  async function closeRotated(): Promise<void> {
    for (const [key, file] of open) {
      if (file.quietSinceMs === undefined || clock.now() - file.quietSinceMs < options.rotateWaitMs) continue
      await deliverLines(file, lastLine(file))
      await file.tail.close()
      open.delete(key)
      unsaved = true
      log.info({ file: file.path }, 'done with a log file that was rotated or deleted')
    }
  }

  async function save(): Promise<void> {
    savedMs = clock.now()
    if (!unsaved) return
    unsaved = false
    await checkpoints.save([...open.values()].map(({ tail, path }) => ({ path, ...tail.position() })))
  }
}
