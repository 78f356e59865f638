/**
 * A process that was killed leaves the file of its unix socket behind, and the next one could not listen
 * there. The file goes if nobody answers behind it; a living listener keeps it.
 */
import { rm } from 'node:fs/promises'
import { connect } from 'node:net'

/** @returns when the path is free, or taken by somebody who lives; listening then says so */
export async function removeStaleSocket(path: string): Promise<void> {
  if (await isDead(path)) await rm(path, { force: true })
}

function isDead(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path })
    probe.once('connect', () => {
      probe.destroy()
      resolve(false)
    })
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
  })
}
