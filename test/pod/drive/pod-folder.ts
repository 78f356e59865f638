/** Folders of this machine that belong to one Pod; their names tell whose run made them (test/docker/leftovers.ts). */
import { mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ownerOf } from '../../docker/owner.ts'

/** A name of 253 characters would be too long for a folder. */
const nameLengthMax = 63

/** @param what the folder is for, as part of its name */
export async function makePodFolder(podName: string, what: string): Promise<string> {
  const name = `pod-${ownerOf(process.pid)}-${podName.slice(0, nameLengthMax)}-${what}-`
  return mkdtemp(join(await realpath(tmpdir()), name))
}
