/**
 * What an image adds to its base: the sidecar's code and dependencies in one file in place of a `node_modules`
 * folder, and the papers that must travel with them.
 */
import { chmodSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootFolder } from '../setup/cache-folder.ts'
import { bundleFile } from './bundle-file.ts'
import { type BundledPackage, licencesOf, npmPurl, packagesOf } from './packages.ts'
import type { Revision } from './revision.ts'
import { spdxDocument } from './spdx.ts'

export const sidecarNames = ['ambassador', 'config-helper', 'adapter', 'init-waiter'] as const
export type SidecarName = (typeof sidecarNames)[number]

export interface Bundle {
  readonly name: SidecarName
  /** Holds the program `podmate`, package.json, SBOM and licences: all that the image adds to its base. */
  readonly folder: string
  readonly program: string
  readonly bytes: number
  readonly packages: readonly BundledPackage[]
}

// For what is run by `kubectl exec`; the image's entrypoint has flags of its own. The kernel hands one argument at most to
// the interpreter of a script: it goes to the heap limit, for Node takes 259 MB for granted in any small container.
const hashbang = '#!/usr/bin/node --max-old-space-size-percentage=50'

/**
 * Bundles one sidecar. The same sources and revision give the same bytes and file times.
 * @throws Error when an import cannot be bundled
 */
export async function bundleSidecar(name: SidecarName, revision: Revision): Promise<Bundle> {
  const entry = join(rootFolder, 'sidecars', name, 'src', 'main.ts')
  const { code, moduleIds } = await bundleFile(entry, { PODMATES_REVISION: JSON.stringify(revision.commit) })
  const packages = packagesOf(moduleIds)
  const files = {
    podmate: `${hashbang}\n${code}`,
    // Makes a file without an extension a module, and spares Node the search for the format.
    'package.json': '{"type":"module"}\n',
    'sbom.spdx.json': billOfMaterials(name, revision, packages),
    'third-party-licences.txt': licencesOf(packages),
  }
  const folder = join(rootFolder, 'sidecars', name, 'dist')
  writeFolder(folder, files, revision.date)
  return { name, folder, program: join(folder, 'podmate'), bytes: Buffer.byteLength(files.podmate), packages }
}

function billOfMaterials(name: SidecarName, revision: Revision, packages: readonly BundledPackage[]): string {
  const whole = { name: `podmates-${name}`, version: revision.version, licence: 'Apache-2.0' }
  return spdxDocument(
    whole,
    packages.map((part) => ({ ...part, purl: npmPurl(part) })),
    revision.date,
  )
}

/** Written aside and renamed, so that a build in another process never finds half of it. */
function writeFolder(folder: string, files: Readonly<Record<string, string>>, date: Date): void {
  const draft = `${folder}.${process.pid}`
  mkdirSync(draft, { recursive: true })
  for (const [file, text] of Object.entries(files)) {
    writeFileSync(join(draft, file), text)
    utimesSync(join(draft, file), date, date)
  }
  chmodSync(join(draft, 'podmate'), 0o755)
  rmSync(folder, { recursive: true, force: true })
  renameSync(draft, folder)
}
