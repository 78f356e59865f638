/** What runs that were killed left behind: containers of the engine, folders of the temporary directory. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isGone } from './owner.ts'

/** On every container that a run makes: its owner (owner.ts). */
export const ownerLabel = 'dev.podmates.owner'

/**
 * Removes every container whose owner has ended. One without the label is somebody else's.
 * @param run one docker command; its standard output, or a rejection
 */
export async function sweepContainers(run: (args: readonly string[]) => Promise<string>): Promise<void> {
  const list = await run([
    'ps',
    '--all',
    '--filter',
    `label=${ownerLabel}`,
    '--format',
    `{{.ID}} {{.Label "${ownerLabel}"}}`,
  ])
  const left = list.split('\n').flatMap((line) => {
    const [id = '', owner = ''] = line.trim().split(' ')
    return isGone(owner) ? [id] : []
  })
  // Two runs may begin at once: what the other one has removed already is no failure.
  for (const id of left) await run(['rm', '--force', '--volumes', id]).catch(() => '')
}

/** Removes the folders `pod-<owner>-…` below `root` whose owner has ended. */
export async function sweepFolders(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const owner = /^pod-(\d+-\d+-\d+)-/.exec(name)?.[1]
    // As an ordinary user nobody may remove what a container's own user made; a sweep must not fail for that.
    if (owner !== undefined && isGone(owner))
      await rm(join(root, name), { recursive: true, force: true }).catch(() => {})
  }
}
