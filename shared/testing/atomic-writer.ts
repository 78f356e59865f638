/**
 * Writes a volume as the kubelet does (kubernetes pkg/volume/util/atomic_writer.go), call by call in its own order, so
 * that a test can stand between any two steps. Not a publisher: it forces modes by chmod, syncs nothing and keeps no
 * old directory, because the kubelet does so.
 */
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isErrno } from '../volume/errno.ts'
import { directoriesOf, keyProblem } from '../volume/volume-key.ts'
import { type Clock, systemClock } from '../world/clock.ts'

/** What has just been done, in the order in which it is done. */
export type AtomicWriterStep =
  | 'madeDirectory'
  | 'wroteFiles'
  | 'setModes'
  | 'linkedNewData'
  | 'swapped'
  | 'linkedKeys'
  | 'unlinkedKeys'
  | 'removedOld'

/** How the volume is written, and who watches. */
export interface AtomicWriterOptions {
  /** Permissions of the files, forced whatever the umask; default 0o644. */
  readonly mode?: number
  /** Older kubelets make the links of new keys before the swap, so that they dangle for a moment; default `afterSwap`. */
  readonly linksKeys?: 'afterSwap' | 'beforeSwap'
  /** Called after each step, and waited for. */
  readonly onStep?: (step: AtomicWriterStep) => Promise<void> | void
}

/** The kubelet's hand on one volume. */
export interface AtomicWriter {
  /**
   * Makes `files` (path -> content) the whole content of the volume.
   * @returns false when nothing differed, and so nothing was written
   */
  write(files: Readonly<Record<string, string | Uint8Array>>): Promise<boolean>
}

/** @param dir must exist */
export function atomicWriter(
  dir: string,
  { mode = 0o644, linksKeys = 'afterSwap', onStep = () => undefined }: AtomicWriterOptions = {},
  { clock }: { clock: Clock } = { clock: systemClock },
): AtomicWriter {
  return { write }

  async function write(files: Readonly<Record<string, string | Uint8Array>>): Promise<boolean> {
    const payload = new Map(Object.entries(files))
    for (const key of payload.keys()) {
      const problem = keyProblem(key)
      if (problem !== undefined) throw new Error(`invalid path: "${key}" ${problem}`)
    }
    const old = await linkTarget(join(dir, '..data'))
    const vanished = old === undefined ? [] : await pathsToRemove(payload, join(dir, old))
    if (old !== undefined && vanished.length === 0 && !(await differs(payload, join(dir, old)))) return false

    const fresh = await makeDirectory()
    await writePayload(payload, fresh)
    await link(fresh, payload)
    await unlinkKeys(vanished)
    if (old !== undefined) await rm(join(dir, old), { recursive: true })
    await onStep('removedOld')
    return true
  }

  /** Go's os.MkdirTemp takes the time in UTC, and adds random digits. */
  async function makeDirectory(): Promise<string> {
    const time = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone: 'UTC' })
    const path = await mkdtemp(join(dir, `..${time.format(clock.wall()).replaceAll(/\D/g, '_')}.`))
    await chmod(path, 0o755)
    await onStep('madeDirectory')
    return path
  }

  async function writePayload(payload: ReadonlyMap<string, string | Uint8Array>, into: string): Promise<void> {
    for (const [key, content] of payload) {
      await mkdir(join(into, dirname(key)), { recursive: true })
      await writeFile(join(into, key), content, { mode })
    }
    await onStep('wroteFiles')
    for (const key of payload.keys()) await chmod(join(into, key), mode)
    await onStep('setModes')
  }

  async function link(fresh: string, payload: ReadonlyMap<string, unknown>): Promise<void> {
    if (linksKeys === 'beforeSwap') await linkKeys(payload)
    await symlink(fresh.slice(dir.length + 1), join(dir, '..data_tmp'))
    await onStep('linkedNewData')
    await rename(join(dir, '..data_tmp'), join(dir, '..data'))
    await onStep('swapped')
    if (linksKeys === 'afterSwap') await linkKeys(payload)
  }

  async function linkKeys(payload: ReadonlyMap<string, unknown>): Promise<void> {
    for (const name of new Set([...payload.keys()].map(firstElement))) {
      const path = join(dir, name)
      if ((await linkTarget(path)) === undefined) await symlink(join('..data', name), path)
    }
    await onStep('linkedKeys')
  }

  async function unlinkKeys(vanished: readonly string[]): Promise<void> {
    for (const path of vanished.filter((path) => !path.includes('/'))) await rm(join(dir, path))
    await onStep('unlinkedKeys')
  }
}

const firstElement = (key: string): string => key.split('/', 1).join()

/** What stands in the old directory and has no place in the new payload, directories included. */
async function pathsToRemove(payload: ReadonlyMap<string, unknown>, oldDir: string): Promise<string[]> {
  const wanted = new Set([...payload.keys()].flatMap((key) => [key, ...directoriesOf(key)]))
  const present = await readdir(oldDir, { recursive: true })
  return present.filter((path) => !wanted.has(path))
}

async function differs(payload: ReadonlyMap<string, string | Uint8Array>, oldDir: string): Promise<boolean> {
  for (const [key, content] of payload) {
    const old = await absentAsUndefined(readFile(join(oldDir, key)))
    if (old === undefined || !old.equals(Buffer.from(content))) return true
  }
  return false
}

const linkTarget = (path: string): Promise<string | undefined> => absentAsUndefined(readlink(path))

async function absentAsUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}
