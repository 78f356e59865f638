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
import type { Checkpoint, CheckpointStore } from './checkpoint.ts'
import { createCheckpointPace, type PaceOptions } from './checkpoint-pace.ts'
import { type ClosedFiles, createClosedFiles } from './closed-files.ts'
import { type FilePatterns, type FoundFile, findCopy, findFiles, findRenamed } from './discover.ts'
import { type FilePosition, fileKey } from './file-identity.ts'
import { type FileTail, openTail, type TailOptions } from './file-tail.ts'
import type { RawLine } from './line-splitter.ts'
import { createRotations, type MissedReason, type Rotations } from './rotation.ts'

/** Lines of one file, in order. */
export interface LineBatch {
  readonly path: string
  readonly lines: readonly RawLine[]
}

export interface TailerOptions extends FilePatterns, TailOptions, PaceOptions {
  /** Between two looks at the files, ms. */
  readonly pollMs: number
  /** Between two looks for new files, ms. */
  readonly discoverMs: number
  /** A file that was renamed or deleted is read until it has been quiet for so long, ms: its writer may not have let go. */
  readonly rotateWaitMs: number
}

export interface TailerWorld {
  readonly clock: Clock
  readonly log: Logger
  readonly checkpoints: CheckpointStore
  /** Resolves when the lines have left the process; rejects when they cannot. */
  deliver(batch: LineBatch): Promise<void>
  /** A file was truncated in place. @param rest what the app wrote between the last look and the truncation */
  onTruncated(rest: 'read_from_copy' | 'gone'): void
  /** Files were rotated and are gone, or can no longer be read, before they were seen. */
  onMissed(files: number, reason: MissedReason): void
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

/** Rotated files opened in one look; the next look opens more. Each is an open file until its writer has let go. */
const rotatedOpenedMax = 256

/** Times of files are coarser than the clock, so a file made right after the start may seem older than that. */
const fileTimeSlackMs = 1000

export function createLogTailer(options: TailerOptions, world: TailerWorld): LogTailer {
  const { clock, log, checkpoints, deliver, onTruncated, onMissed } = world
  const open = new Map<string, OpenFile>()
  let closed: ClosedFiles = createClosedFiles([], 0)
  let rotations: Rotations = followRotations([])
  /** Rotated files up to their size when they were found, the oldest first: read before all others. */
  const backlog: { readonly file: OpenFile; readonly size: number }[] = []
  let discoveredMs = Number.NEGATIVE_INFINITY
  const pace = createCheckpointPace(options, clock.now())
  let unsaved = false
  let sinkFailed = false

  return { start, run, finish, figures }

  async function start(): Promise<void> {
    const { state, problem } = await checkpoints.load()
    if (problem !== undefined)
      log.warn({ err: problem }, 'the checkpoint cannot be read, so every file is read from its start')
    const wereOpen = state?.open ?? []
    const floorMs = state?.floorMs ?? clock.wall() - fileTimeSlackMs
    closed = createClosedFiles([...(state?.closed ?? []), ...wereOpen], floorMs)
    rotations = followRotations(state?.names ?? [])
    await openNamed()
    if (state === undefined) await leaveOut(await rotations.older())
    for (const checkpoint of wereOpen) await resumeRenamed(checkpoint)
    await openRotated()
    await save()
  }

  async function run(over: AbortSignal): Promise<void> {
    let moreRotated: 'some' | 'none' = 'some'
    while (!over.aborted) {
      await readBacklog(over)
      if (over.aborted) return
      const isDue = moreRotated === 'some' || clock.now() - discoveredMs >= options.discoverMs
      if (isDue) moreRotated = await discoverAndSave()
      if (moreRotated === 'some') continue
      const bytes = await readRound()
      await closeRotated()
      await saveWhenDue()
      if (bytes === 0 && backlog.length === 0) await clock.sleep(options.pollMs, over).catch(() => {})
    }
  }

  async function finish(deadline: AbortSignal): Promise<void> {
    try {
      if (sinkFailed) return
      let more: 'some' | 'none'
      do {
        more = await discover()
        await readBacklog(deadline)
      } while (more === 'some' && !deadline.aborted)
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

  function followRotations(names: readonly string[]): Rotations {
    return createRotations(names, options.exclude, {
      closed,
      isOpen: (key) => open.has(key),
      onMissed(name, files, reason) {
        onMissed(files, reason)
        const message = 'log files were rotated away before they were read: rotate less often, or keep more files'
        log.warn({ file: name, files, reason }, message)
      },
    })
  }

  /** The names first: what is rotated from now on leaves a name with another file than the one that is open. */
  async function discover(): Promise<'some' | 'none'> {
    await openNamed()
    return openRotated()
  }

  async function openNamed(): Promise<void> {
    discoveredMs = clock.now()
    const named = new Map<string, string>()
    for (const found of await findFiles(options)) {
      const file = await openFound(found)
      if (file !== undefined) named.set(found.path, file.tail.key)
    }
    const keys = new Set(named.values())
    for (const [key, file] of open) {
      if (keys.has(key)) file.quietSinceMs = undefined
      else file.quietSinceMs ??= clock.now()
    }
    rotations.see(named)
  }

  /** A file that is new is remembered at once: it may be rotated, and this process killed, before it has a line. */
  async function discoverAndSave(): Promise<'some' | 'none'> {
    const before = new Set(open.keys())
    const more = await discover()
    if ([...open.keys()].some((key) => !before.has(key))) await save()
    return more
  }

  async function openFound(found: FoundFile): Promise<OpenFile | undefined> {
    const file = open.get(fileKey(found))
    if (file !== undefined) {
      file.path = found.path
      return file
    }
    let known: Checkpoint | undefined
    const opened = await openFile(found.path, (key) => {
      known = closed.take(key)
      return known
    })
    if (opened === undefined) return undefined
    // From now on a restart finds the rest of the file, even when it has lost its name by then.
    unsaved = true
    // An inode that was another file's before was not truncated.
    if (known?.path === found.path && opened.tail.recognition === 'truncated') await readCopy(opened.path, known)
    return opened
  }

  /** A name may lead to another file by the time it is opened, even to one that is open already. */
  async function openFile(
    path: string,
    knownOf: (key: string) => FilePosition | undefined,
  ): Promise<OpenFile | undefined> {
    try {
      const tail = await openTail(path, (key) => (open.has(key) ? undefined : knownOf(key)), options)
      const already = open.get(tail.key)
      if (already !== undefined) {
        await tail.close()
        return already
      }
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
    const file = await openFile(found.path, (key) => closed.take(key))
    if (file === undefined) return
    file.quietSinceMs = clock.now()
    backlog.push({ file, size: found.size })
  }

  /** What stood beside the names when there was no checkpoint is none of ours. */
  async function leaveOut(older: readonly FoundFile[]): Promise<void> {
    for (const file of older) if (!open.has(fileKey(file))) await closed.addWhole(file)
    unsaved = true
  }

  /** @returns whether there are more of them than one look opens */
  async function openRotated(): Promise<'some' | 'none'> {
    let opened = 0
    let more: 'some' | 'none' = 'none'
    for (const rotated of await rotations.unread()) {
      const already = open.get(fileKey(rotated))
      if (already === undefined && opened === rotatedOpenedMax) {
        rotations.lookAgain(rotated.name)
        more = 'some'
        continue
      }
      const file = already ?? (await openFile(rotated.path, (key) => closed.take(key)))
      // Renamed or deleted meanwhile: the next look tells.
      if (file?.tail.key !== fileKey(rotated)) rotations.lookAgain(rotated.name)
      if (file === undefined) continue
      backlog.push({ file, size: rotated.size })
      if (already !== undefined) continue
      opened += 1
      file.quietSinceMs ??= clock.now()
      unsaved = true
    }
    return more
  }

  /** Up to the size that was found, so that one that is still written to does not hold up the others. */
  async function readBacklog(over: AbortSignal): Promise<void> {
    for (let next = backlog[0]; next !== undefined; next = backlog[0]) {
      const { file, size } = next
      let bytes = file.tail.position().offset
      while (bytes < size) {
        if (over.aborted) return
        const read = await readChunk(file)
        if (read === 0) break
        bytes += read
      }
      backlog.shift()
    }
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
    onTruncated(copy === undefined ? 'gone' : 'read_from_copy')
    if (copy === undefined) {
      log.warn({ file: path }, 'a log file was truncated, and the lines that were not read yet are gone')
      return false
    }
    log.info({ file: path, copy: copy.path }, 'a log file was truncated, so the rest of it is read from its copy')
    const file =
      open.get(fileKey(copy)) ?? (await openFile(copy.path, () => ({ ...position, dev: copy.dev, ino: copy.ino })))
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
    pace.onDelivered(last.endOffset - file.tail.position().offset)
    file.tail.acknowledge(last.endOffset)
    unsaved = true
    await saveWhenDue()
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
      closed.add({ path: file.path, ...file.tail.position() })
      unsaved = true
      log.info({ file: file.path }, 'done with a log file that was rotated or deleted')
    }
  }

  async function saveWhenDue(): Promise<void> {
    if (unsaved && pace.isDue(clock.now())) await save()
  }

  /** A checkpoint that cannot be written costs lines written twice after a restart, not the lines themselves. */
  async function save(): Promise<void> {
    pace.onSaved(clock.now())
    if (!unsaved) return
    try {
      await checkpoints.save({
        open: [...open.values()].map(({ tail, path }) => ({ path, ...tail.position() })),
        closed: closed.entries(),
        names: rotations.names(),
        floorMs: closed.floorMs(),
      })
      unsaved = false
    } catch (error) {
      log.warn({ code: 'PM2501', err: error }, 'the checkpoint cannot be written')
    }
  }
}
