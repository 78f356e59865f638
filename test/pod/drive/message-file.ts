/** The file behind a container's terminationMessagePath: an empty one of this machine for each run. */
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The kubelet cuts a termination message here. */
const messageBytesMax = 4096

export interface MessageFile {
  readonly path: string
  /** @returns undefined when the container left nothing */
  read(): Promise<string | undefined>
}

/** @param folder of the messages of one Pod, which the caller takes away */
export async function createMessageFile(folder: string, container: string, run: number): Promise<MessageFile> {
  const path = join(folder, `${container}-${run}`)
  await writeFile(path, '')
  await chmod(path, 0o666)
  return {
    path,
    read: async () => {
      const message = (await readFile(path)).subarray(0, messageBytesMax).toString('utf8')
      return message === '' ? undefined : message
    },
  }
}
