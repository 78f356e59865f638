/** A file or folder that is made once and made anew only when what it is made from has changed. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { withLock } from './lock.ts'

/**
 * Calls `make` with a path to write to, unless `target` was made from the same `key` before. The result takes
 * its place by a rename, so that nobody ever finds half of it; processes that want it at the same time wait.
 * @param key what it is made from: a version, a hash of the sources
 * @returns whether it was made now
 */
export async function madeOnce(target: string, key: string, make: (path: string) => Promise<void>): Promise<boolean> {
  if (isMade(target, key)) return false
  return withLock(`${target}.lock`, async () => {
    if (isMade(target, key)) return false
    const draft = `${target}.draft`
    rmSync(draft, { recursive: true, force: true })
    mkdirSync(dirname(target), { recursive: true })
    await make(draft)
    rmSync(keyFile(target), { force: true })
    rmSync(target, { recursive: true, force: true })
    renameSync(draft, target)
    writeFileSync(keyFile(target), key)
    return true
  })
}

function isMade(target: string, key: string): boolean {
  return existsSync(target) && existsSync(keyFile(target)) && readFileSync(keyFile(target), 'utf8') === key
}

const keyFile = (target: string): string => `${target}.key`
