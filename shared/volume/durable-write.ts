/**
 * Writes a tree of files so that it is on the disk, with its modes, before anything leads to it.
 *
 * Modes are given when a file is created, never later: a secret must not be readable for a moment. The umask can only
 * take permissions away from that; what it took is given back while the file is still empty. So the files have the
 * mode that was asked for, whatever the umask is, and no byte was ever readable by more than that.
 */
import type * as nodeFiles from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isErrno } from './errno.ts'
import { directoriesOf } from './volume-key.ts'

/** The calls that change a volume: the world of a publisher, which a test may stop after any of them. */
export type VolumeFiles = Pick<
  typeof nodeFiles,
  'chmod' | 'mkdir' | 'open' | 'readdir' | 'readlink' | 'rename' | 'rm' | 'stat' | 'symlink' | 'unlink'
>

/**
 * Makes the directory `top` with the files in it, all of it synced.
 * @param mode of the files; directories get the same, plus x where there is r, and the owner may always write
 */
export async function writeTree(
  top: string,
  contents: ReadonlyMap<string, Uint8Array | string>,
  mode: number,
  { files }: { files: VolumeFiles },
): Promise<void> {
  const inside = new Set([...contents.keys()].flatMap(directoriesOf))
  const directories = [top, ...[...inside].map((key) => join(top, key))]
  for (const path of directories) await makeDirectory(path, directoryModeFor(mode), files)
  for (const [key, content] of contents) await writeFile(join(top, key), content, mode, files)
  for (const path of directories) await syncDirectory(path, { files })
}

/** Makes the names in `path` durable: files are synced by themselves, but not the entries that lead to them. */
export async function syncDirectory(path: string, { files }: { files: VolumeFiles }): Promise<void> {
  const directory = await files.open(path)
  try {
    await directory.sync()
  } catch (error) {
    // Some network and FUSE file systems cannot sync a directory; there is nothing better to do on them.
    if (!isErrno(error, 'EINVAL', 'ENOTSUP')) throw error
  } finally {
    await directory.close()
  }
}

/** Makes `link` lead to `target` in one step: readers find the old target or the new one. */
export async function pointLink(link: string, target: string, { files }: { files: VolumeFiles }): Promise<void> {
  await files.symlink(target, `${link}_tmp`)
  await files.rename(`${link}_tmp`, link)
  await syncDirectory(dirname(link), { files })
}

function directoryModeFor(fileMode: number): number {
  return 0o700 | fileMode | ((fileMode & 0o444) >> 2)
}

async function makeDirectory(path: string, mode: number, files: VolumeFiles): Promise<void> {
  await files.mkdir(path, { mode })
  const { mode: given } = await files.stat(path)
  // Added, not set: the group that the volume hands down (setgid, from fsGroup) stays.
  if ((given & mode) !== mode) await files.chmod(path, (given & 0o7777) | mode)
}

async function writeFile(path: string, content: Uint8Array | string, mode: number, files: VolumeFiles): Promise<void> {
  const file = await files.open(path, 'wx', mode)
  try {
    const { mode: given } = await file.stat()
    if ((given & mode) !== mode) await file.chmod((given & 0o7777) | mode)
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}
