/** Where everything that set-up makes lives: below the checkout, out of git, safe to delete at any time. */
import { join } from 'node:path'

export const rootFolder = join(import.meta.dirname, '..', '..')
export const cacheFolder = join(rootFolder, '.cache')
export const programFolder = join(cacheFolder, 'bin')
