/**
 * Finds the mounts that will never show a change. A subPath is bound to the file that was there when the container
 * started; the kubelet then replaces the whole directory, and the mount keeps the old file for ever
 * (kubernetes/kubernetes#50345). The same happens to any single file that is mounted and later replaced by rename.
 */
import { lstat, realpath } from 'node:fs/promises'
import { isErrno } from './errno.ts'

/**
 * The mount points at or under `dir` that stay as they are, in the order of the mount table.
 * @param mountInfo text of /proc/self/mountinfo (proc(5)); empty where the system has none
 * @param dir may not exist; nothing is mounted there then
 */
export async function frozenMounts(mountInfo: string, dir: string): Promise<string[]> {
  const top = await unlessGone(realpath(dir))
  if (top === undefined) return []
  const frozen: string[] = []
  for (const { root, mountPoint } of mountsWithin(mountInfo, top)) {
    if (isInsideGeneration(root) || (await isFile(mountPoint))) frozen.push(mountPoint)
  }
  return frozen
}

interface Mount {
  /** What is mounted, as a path in its own file system. */
  readonly root: string
  readonly mountPoint: string
}

/** Fields 4 and 5 of each line: `523 47 253:16 /kubelet/…/..2021_07_21.9/extra.ini /etc/app/extra.ini rw - ext4 …`. */
function mountsWithin(mountInfo: string, dir: string): Mount[] {
  return mountInfo.split('\n').flatMap((line) => {
    const [, , , root = '', mountPoint = ''] = line.split(' ').map(unescapeOctal)
    return mountPoint === dir || mountPoint.startsWith(`${dir}/`) ? [{ root, mountPoint }] : []
  })
}

/** The kernel writes space, tab, newline and backslash as `\040` and so on. */
function unescapeOctal(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}

/** The kubelet resolves `..data` before it binds a subPath, so the mount shows the generation that it is stuck in. */
function isInsideGeneration(root: string): boolean {
  return /\/\.\.[^/]/.test(root)
}

async function isFile(path: string): Promise<boolean> {
  return (await unlessGone(lstat(path)))?.isFile() ?? false
}

async function unlessGone<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking
  } catch (error) {
    if (isErrno(error)) return undefined
    throw error
  }
}
