/**
 * The file system as seen by a process that is killed in one of its calls. The calls that it has in flight and all
 * later ones stay without an answer, so that no clean-up of its own can run: what a test finds on the disk is what
 * kill -9 leaves. Nothing is really synced: the disk's cache outlives a process, and tests need not wait for the disk.
 */
import * as nodeFiles from 'node:fs/promises'
import { join } from 'node:path'
import type { VolumeFiles } from '../volume/durable-write.ts'

/** A doomed process's view of the disk, and what it did with it. */
export interface MortalFiles {
  readonly files: VolumeFiles
  /** Every call that was done, as `rename /config/..data_tmp` or `open /config/a wx 640`. */
  readonly calls: readonly string[]
  /** The latest call; after the death, the one that it came in. */
  lastCall(): string
  /** Resolves when the process was killed. */
  readonly died: Promise<void>
}

/**
 * @param lifetime calls that are done before the process is killed in the next one: nothing of that one is done, but
 *   half of it when it is a `writeFile` or an `rm`, which do their work bit by bit. 0.., default Infinity
 * @param failures calls that fail with an errno, by the name of the call: `{ rename: 'EIO' }`
 */
export function mortalFiles(
  lifetime: number = Number.POSITIVE_INFINITY,
  failures: Readonly<Record<string, string>> = {},
): MortalFiles {
  const calls: string[] = []
  const handles = new Set<nodeFiles.FileHandle>()
  const { promise: died, resolve: die } = Promise.withResolvers<void>()
  let last = 'none'
  let dead = false

  async function call<T>(what: string, work: () => Promise<T>, halfOfIt = async (): Promise<void> => {}): Promise<T> {
    if (dead) return never()
    last = what
    if (calls.length === lifetime) {
      dead = true
      await halfOfIt()
      for (const handle of handles) await handle.close()
      die()
      return never()
    }
    calls.push(what)
    const errno = failures[what.split(' ', 1).join()]
    if (errno !== undefined) throw Object.assign(new Error(`${errno}: ${what}`), { code: errno, syscall: what })
    return work()
  }

  const files = through(nodeFiles, (name, args, work) => {
    if (name === 'open') return call(openInShort(args), () => open(args))
    const path = String(name === 'symlink' ? args[1] : args[0])
    return call(`${name} ${path}`, work, name === 'rm' ? () => removeOneFile(path) : undefined)
  })
  return { files, calls, died, lastCall: () => last }

  async function open(args: unknown[]): Promise<nodeFiles.FileHandle> {
    const handle = await nodeFiles.open(...(args as Parameters<typeof nodeFiles.open>))
    handles.add(handle)
    return through(handle, (name, [content], work) => {
      const halfOfIt = async (): Promise<void> => {
        await handle.write(String(content).slice(0, 1))
      }
      const act = name === 'sync' ? async () => {} : work
      const done = call(`${name} ${args[0]}`, act, name === 'writeFile' ? halfOfIt : undefined)
      return name === 'close' ? done.finally(() => handles.delete(handle)) : done
    })
  }
}

/** The same object, with each call of a method passing through `around`. */
function through<T extends object>(
  target: T,
  around: (name: string, args: unknown[], work: () => Promise<unknown>) => Promise<unknown>,
): T {
  return new Proxy(target, {
    get: (_, name) => {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => around(String(name), args, () => member.apply(target, args))
    },
  })
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}

function openInShort([path, flags = 'r', mode]: unknown[]): string {
  return `open ${path} ${flags}${typeof mode === 'number' ? ` ${mode.toString(8)}` : ''}`
}

async function removeOneFile(directory: string): Promise<void> {
  const entries = await nodeFiles.readdir(directory, { recursive: true, withFileTypes: true })
  const file = entries.find((entry) => entry.isFile())
  if (file !== undefined) await nodeFiles.rm(join(file.parentPath, file.name))
}
