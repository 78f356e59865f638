/**
 * Reads every file of its patterns as they grow, in order, each line once: a line counts as read when it has
 * reached the sink, and only then does the checkpoint pass it. A slow sink slows the reading down; the file
 * itself is the buffer.
 *
 * Rotation by rename is followed on the open file. Rotation by copy and truncate is followed on the copy: what
 * was written between the last look and the truncation stands there and nowhere else.
 */
import type { Logger } from '@podmates/shared/log/logger.ts'
import type { Clock } from '@podmates/shared/world/clock.ts'
import type { Checkpoint, CheckpointStore, LoadedCheckpoints } from './checkpoint.ts'
import { type FilePatterns, type FoundFile, findCopy, findFiles, findRenamed, findRotated } from './discover.ts'
import { type FilePosition, fileKey } from './file-identity.ts'
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
  /**
   * A file was truncated in place. @param copyFound the rest of it was found in a copy; otherwise what the app wrote
   * between the last look and the truncation is gone
   */
  onTruncated(copyFound: boolean): void
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

/** Files read at start that were rotated while nobody looked; a rotation keeps fewer, and each is an open file. */
const rotatedFilesMax = 16

/** A file that was written just before the checkpoint may have been rotated after it: times of files are coarse. */
const rotatedSlackMs = 1000

export function createLogTailer(options: TailerOptions, world: TailerWorld): LogTailer {
  const { clock, log, checkpoints, deliver, onTruncated } = world
  const open = new Map<string, OpenFile>()
  const remembered = new Map<string, Checkpoint>()
  /** Files that were rotated before the start, the oldest first: read before all others. */
  const rotatedBefore: { readonly file: OpenFile; readonly size: number }[] = []
  let discoveredMs = Number.NEGATIVE_INFINITY
  let savedMs = clock.now()
  let unsaved = false
  let sinkFailed = false

  return { start, run, finish, figures }

  async function start(): Promise<void> {
    const loaded = await checkpoints.load()
    const { checkpoints: known, problem } = loaded
    if (problem !== undefined)
      log.warn({ err: problem }, 'the checkpoint cannot be read, so every file is read from its start')
    for (const checkpoint of known) remembered.set(fileKey(checkpoint), checkpoint)
    await discover()
    for (const checkpoint of known) await resumeRenamed(checkpoint)
    await openRotated(loaded)
    await save()
  }

  async function run(over: AbortSignal): Promise<void> {
    await readRotatedBefore(over)
    while (!over.aborted) {
      if (clock.now() - discoveredMs >= options.discoverMs) await discoverAndSave()
      const bytes = await readRound()
      await closeRotated()
      if (clock.now() - savedMs >= options.checkpointMs) await save()
      if (bytes === 0) await clock.sleep(options.pollMs, over).catch(() => {})
    }
  }

  async function finish(deadline: AbortSignal): Promise<void> {
    try {
      if (sinkFailed) return
      await readRotatedBefore(deadline)
      await discover()
      do {
        await readToEnd(deadline)
        await clock.sleep(quietMs, deadline).catch(() => {})
      } while ((await readRound()) > 0 && !deadline.aborted)
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
    const named = new Set(found.map(fileKey))
    for (const [key, file] of open) {
      if (named.has(key)) file.quietSinceMs = undefined
      else file.quietSinceMs ??= clock.now()
    }
  }

  /** A file that is new is remembered at once: it may be rotated, and this process killed, before it has a line. */
  async function discoverAndSave(): Promise<void> {
    const before = new Set(open.keys())
    await discover()
    if ([...open.keys()].some((key) => !before.has(key))) await save()
  }

  async function openFound(found: FoundFile): Promise<void> {
    const key = fileKey(found)
    const file = open.get(key)
    if (file !== undefined) {
      file.path = found.path
      return
    }
    const known = remembered.get(key)
    remembered.delete(key)
    const opened = await openFile(found.path, known)
    if (opened === undefined) return
    // From now on a restart finds the rest of the file, even when it has lost its name by then.
    unsaved = true
    if (known !== undefined && opened.tail.recognition === 'truncated') await readCopy(opened.path, known)
  }

  async function openFile(path: string, position: FilePosition | undefined): Promise<OpenFile | undefined> {
    try {
      const tail = await openTail(path, position, options)
      const file: OpenFile = { tail, path }
      open.set(tail.key, file)
      log.info({ file: path, offset: tail.position().offset }, 'reading a log file')
      return file
    } catch (error) {
      log.warn({ file: path, err: error }, 'cannot read a log file')
      return undefined
    }
  }

  async function resumeRenamed(checkpoint: Checkpoint): Promise<void> {
    if (open.has(fileKey(checkpoint))) return
    const found = await findRenamed(checkpoint.path, checkpoint)
    if (found === undefined) return
    const file = await openFile(found.path, checkpoint)
    if (file === undefined) return
    file.quietSinceMs = clock.now()
    rotatedBefore.push({ file, size: found.size })
  }

  /** A file that was made and rotated away since the checkpoint has neither a name of ours nor a position. */
  async function openRotated({ checkpoints: known, savedAtMs }: LoadedCheckpoints): Promise<void> {
    if (savedAtMs === undefined) return
    const unknown = new Map<string, FoundFile>()
    for (const path of new Set(known.map((checkpoint) => checkpoint.path))) {
      for (const file of await findRotated(path, savedAtMs - rotatedSlackMs, options.exclude)) {
        const key = fileKey(file)
        if (!open.has(key) && !known.some((checkpoint) => fileKey(checkpoint) === key)) unknown.set(key, file)
      }
    }
    const found = [...unknown.values()].toSorted((a, b) => a.modifiedMs - b.modifiedMs)
    if (found.length > rotatedFilesMax) {
      const facts = { left_out: found.length - rotatedFilesMax }
      log.warn(facts, 'too many log files were rotated meanwhile, and the oldest are not read')
    }
    for (const rotated of found.slice(-rotatedFilesMax)) {
      const file = await openFile(rotated.path, undefined)
      if (file === undefined) continue
      file.quietSinceMs = clock.now()
      rotatedBefore.push({ file, size: rotated.size })
      unsaved = true
    }
  }

  /** Up to their size at the start, so that one that is still written to does not hold up the others. */
  async function readRotatedBefore(over: AbortSignal): Promise<void> {
    for (const { file, size } of rotatedBefore) {
      let bytes = file.tail.position().offset
      while (bytes < size) {
        if (over.aborted) return
        const read = await readChunk(file)
        if (read === 0) break
        bytes += read
      }
    }
    rotatedBefore.length = 0
  }

  /**
   * One chunk of each file: a busy one must hold up neither the others nor the checkpoint.
   * @returns how many bytes there were to read
   */
  async function readRound(): Promise<number> {
    let total = 0
    for (const file of [...open.values()]) total += await readChunk(file)
    return total
  }

  async function readToEnd(over: AbortSignal): Promise<void> {
    while (!over.aborted && (await readRound()) > 0);
  }

  async function readChunk(file: OpenFile): Promise<number> {
    const found = await file.tail.read()
    if (found.state === 'nothing new') return 0
    if (found.state === 'truncated') {
      await passTruncation(file)
      return readChunk(file)
    }
    await deliverLines(file, found.lines)
    if (found.bytes > 0 && file.quietSinceMs !== undefined) file.quietSinceMs = clock.now()
    return found.bytes
  }

  async function passTruncation(file: OpenFile): Promise<void> {
    if (!(await readCopy(file.path, file.tail.position()))) await deliverLines(file, lastLine(file))
    file.tail.startOver()
    unsaved = true
  }

  /** @param position up to where the file had been delivered @returns whether the rest was found */
  async function readCopy(path: string, position: FilePosition): Promise<boolean> {
    const copy = await findCopy(path, position)
    onTruncated(copy !== undefined)
    if (copy === undefined) {
      log.warn({ file: path }, 'a log file was truncated, and the lines that were not read yet are gone')
      return false
    }
    log.info({ file: path, copy: copy.path }, 'a log file was truncated, so the rest of it is read from its copy')
    const file = open.get(fileKey(copy)) ?? (await openFile(copy.path, { ...position, dev: copy.dev, ino: copy.ino }))
    if (file === undefined) return false
    file.quietSinceMs = clock.now()
    // A copy is whole when the original is truncated, so reading it ends by itself.
    while ((await readChunk(file)) > 0);
    return true
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
    file.tail.acknowledge(last.endOffset)
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

  /** A checkpoint that cannot be written costs lines written twice after a restart, not the lines themselves. */
  async function save(): Promise<void> {
    savedMs = clock.now()
    if (!unsaved) return
    try {
      await checkpoints.save([...open.values()].map(({ tail, path }) => ({ path, ...tail.position() })))
      unsaved = false
    } catch (error) {
      log.warn({ code: 'PM2501', err: error }, 'the checkpoint cannot be written')
    }
  }
}
