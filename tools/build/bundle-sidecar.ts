/**
 * Makes one file of a sidecar: its own code and its dependencies, minified, so that an image holds one file in
 * place of a `node_modules` folder. Dynamic imports stay lazy inside it: what a verb or a config does not use is
 * in the file but is not run.
 */
import { chmodSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type OutputChunk, rolldown } from 'rolldown'
import { rootFolder } from '../setup/cache-folder.ts'
import { lazyBuiltins } from './lazy-builtins.ts'
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

// The kernel hands one argument at most to the interpreter of a script: it goes to the heap limit, so that it holds
// for every process of the image, the client verbs too. Node takes 259 MB for granted in any small container.
const hashbang = '#!/usr/bin/node --max-old-space-size-percentage=50'

/** Where `npm run build` leaves a sidecar's bundle and its Dockerfile looks for it. */
export const distFolder = (name: SidecarName): string => join(rootFolder, 'sidecars', name, 'dist')

/**
 * Bundles one sidecar. The same sources and revision give the same bytes and file times.
 * @throws Error when an import cannot be bundled: the image has no node_modules to find it in
 */
export async function bundleSidecar(name: SidecarName, revision: Revision, folder = distFolder(name)): Promise<Bundle> {
  const build = await rolldown({
    input: join(rootFolder, 'sidecars', name, 'src', 'main.ts'),
    platform: 'node',
    plugins: [lazyBuiltins],
    transform: { define: buildConstants(revision) },
    onLog: (level, log) => {
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message)
      if (level === 'warn') console.warn(`${name}: ${log.message}`)
    },
  })
  const { output } = await build.generate({ format: 'esm', minify: true, codeSplitting: false, comments: false })
  await build.close()
  const [chunk, ...rest] = output
  if (rest.length > 0)
    throw new Error(`${name}: one file was expected, found ${output.map((file) => file.fileName).join(', ')}`)

  const packages = packagesOf(chunk.moduleIds)
  const files = {
    podmate: `${hashbang}\n${withoutHashbang(chunk)}`,
    // Makes a file without an extension a module, and spares Node the search for the format.
    'package.json': '{"type":"module"}\n',
    'sbom.spdx.json': billOfMaterials(name, revision, packages),
    'third-party-licences.txt': licencesOf(packages),
  }
  writeFolder(folder, files, revision.date)
  const program = join(folder, 'podmate')
  chmodSync(program, 0o755)
  return {
    name,
    folder,
    program,
    bytes: Buffer.byteLength(files.podmate),
    packages,
  }
}

/** Constants of the code at build time; from a checkout they do not exist, and `version` says so. */
function buildConstants(revision: Revision): Record<string, string> {
  return {
    PODMATES_VERSION: JSON.stringify(revision.version),
    PODMATES_REVISION: JSON.stringify(revision.commit),
  }
}

function billOfMaterials(name: SidecarName, revision: Revision, packages: readonly BundledPackage[]): string {
  const whole = { name: `podmates-${name}`, version: revision.version, licence: 'Apache-2.0' }
  return spdxDocument(
    whole,
    packages.map((part) => ({ ...part, purl: npmPurl(part) })),
    revision.date,
  )
}

const withoutHashbang = (chunk: OutputChunk): string => chunk.code.replace(/^#![^\n]*\n/, '')

function writeFolder(folder: string, files: Readonly<Record<string, string>>, date: Date): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const [file, text] of Object.entries(files)) {
    writeFileSync(join(folder, file), text)
    utimesSync(join(folder, file), date, date)
  }
}
