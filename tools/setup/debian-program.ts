/** Programs that benches compare with and that Debian packages: the one that is there, or, as root on Debian, its package. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from './cache-folder.ts'
import { withLock } from './lock.ts'
import { runProgram } from './run-program.ts'

/**
 * Installs the package of the same name unless the program is there.
 * @returns undefined when it is there now, else what is missing and how to get it. Never throws.
 */
export function debianProgram(name: string): Promise<{ readonly missing: string } | undefined> {
  return withLock(join(cacheFolder, 'apt-get.lock'), async () => {
    if (await isThere(name)) return undefined
    const command = `apt-get install --no-install-recommends ${name}`
    if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version'))
      return { missing: `${name}; to get it: ${command}` }
    console.log(`installing ${name} (${command}, once)`)
    const env = { DEBIAN_FRONTEND: 'noninteractive' }
    for (const args of [['update'], ['install', '-y', '--no-install-recommends', name]]) {
      const { code, stderr } = await runProgram('apt-get', ['-q', ...args], { env })
      if (code !== 0) return { missing: `${name}: apt-get ${args[0]} failed: ${stderr.trim().split('\n').at(-1)}` }
    }
    return undefined
  })
}

const isThere = async (name: string): Promise<boolean> => (await runProgram(name, ['-v'])).code === 0
