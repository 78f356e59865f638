/**
 * The names that programs open: `app.yaml -> ..data/app.yaml`, one link for each first element of a key. They never
 * move; it is `..data` behind them that does. So they are made once, and only by name is told whose they are: a link
 * that leads to its own name under `..data` is ours, anything else is not and stays.
 */
import { join } from 'node:path'
import { CodedError } from '../errors/coded-error.ts'
import type { VolumeFiles } from './durable-write.ts'
import { isErrno } from './errno.ts'
import { dataLinkName } from './snapshot.ts'

/** The names at the top of a volume that lead to these keys. */
export function topNames(keys: Iterable<string>): Set<string> {
  return new Set([...keys].map((key) => key.split('/', 1).join()))
}

/** @throws CodedError PM1213 when something that is not ours has one of the names */
export async function refuseForeign(
  dir: string,
  names: ReadonlySet<string>,
  { files }: { files: VolumeFiles },
): Promise<void> {
  for (const name of await files.readdir(dir)) {
    if (!names.has(name) || (await isOurs(dir, name, files))) continue
    throw new CodedError(
      'PM1213',
      `${join(dir, name)} exists and was not published: remove it, or publish to a directory of its own`,
    )
  }
}

/** Makes the links that are missing and removes those whose key has gone. */
export async function relink(
  dir: string,
  names: ReadonlySet<string>,
  { files }: { files: VolumeFiles },
): Promise<void> {
  const present = new Set(await files.readdir(dir))
  for (const name of names) {
    if (!present.has(name)) await files.symlink(join(dataLinkName, name), join(dir, name))
  }
  for (const name of present) {
    if (!names.has(name) && (await isOurs(dir, name, files))) await files.unlink(join(dir, name))
  }
}

async function isOurs(dir: string, name: string, files: VolumeFiles): Promise<boolean> {
  try {
    return (await files.readlink(join(dir, name))) === join(dataLinkName, name)
  } catch (error) {
    if (isErrno(error, 'EINVAL')) return false
    throw error
  }
}
