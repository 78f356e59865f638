/**
 * Puts together the file system that all sidecar images share: Node, the C libraries that it is linked with, and
 * nothing else; no shell, no package manager. Runs where the Node is that goes into it: on a Linux machine, or in
 * a container of a public Node image (node.Dockerfile).
 *
 *   node rootfs.ts FOLDER
 *
 * Certificates and time zones are not among the files, since Node brings its own of both.
 */
import {
  chmodSync,
  copyFileSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { type SpdxPart, spdxDocument } from '../build/spdx.ts'
import { mustRun, runProgram } from '../setup/run-program.ts'

/** All files get one date, so that the same Node and libraries give the same layer. */
const fileDate = new Date('2000-01-01T00:00:00Z')

const textFiles = {
  '/etc/passwd': 'root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n',
  '/etc/group': 'root:x:0:\nnonroot:x:65532:\n',
  // Without it glibc asks DNS first, and a Pod's own entries in /etc/hosts would lose.
  '/etc/nsswitch.conf': 'hosts: files dns\n',
}

/** Fills `folder`, which is emptied first. @throws Error when a library is missing */
export async function assembleRootfs(folder: string, nodeProgram: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  for (const [path, text] of Object.entries(textFiles)) writeFileSync(placeFor(folder, path), text)
  mkdirSync(join(folder, 'tmp'), { mode: 0o1777 })
  chmodSync(join(folder, 'tmp'), 0o1777)

  await copyStripped(nodeProgram, placeFor(folder, '/usr/bin/node'))
  const libraries = await librariesOf(nodeProgram)
  for (const library of libraries) copyLibrary(library, placeFor(folder, library))

  const packages = await debianPackagesOf(libraries)
  for (const { name, copyright } of packages)
    copyFileSync(copyright, placeFor(folder, `/usr/share/doc/${name}/copyright`))
  writeFileSync(placeFor(folder, '/usr/share/doc/podmates-base.spdx.json'), billOfMaterials(packages))
  setDates(folder)
}

function placeFor(folder: string, path: string): string {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  return join(folder, path)
}

/** The symbol table is a fifth of the binary and only of use to a debugger. */
async function copyStripped(program: string, place: string): Promise<void> {
  const { code, stderr } = await runProgram('strip', ['--strip-all', '-o', place, program])
  if (code === 0) return
  console.warn(
    `Node goes in unstripped, which makes the layer larger by a quarter (strip is in the package binutils): ${stderr.trim()}`,
  )
  copyFileSync(program, place)
}

/** Paths of the shared libraries and of the loader, as the loader itself resolves them. */
async function librariesOf(program: string): Promise<string[]> {
  const lines = (await mustRun('ldd', [program])).trim().split('\n')
  const missing = lines.filter((line) => line.includes('not found'))
  if (missing.length > 0) throw new Error(`Node cannot run here: ${missing.map((line) => line.trim()).join(', ')}`)
  return lines.map((line) => /(\/\S+) \(0x/.exec(line)?.[1]).filter((path) => path !== undefined)
}

/** Under the name by which it is asked for, which on disk is a link to one with the full version. */
function copyLibrary(library: string, place: string): void {
  copyFileSync(realpathSync(library), place)
  chmodSync(place, 0o755)
}

interface DebianPackage {
  readonly name: string
  readonly version: string
  readonly copyright: string
}

/** @returns the packages that the files come from; none where there is no dpkg */
async function debianPackagesOf(files: readonly string[]): Promise<readonly DebianPackage[]> {
  const owners = await Promise.all(files.map((file) => ownerOf(file)))
  const names = [...new Set(owners.filter((name) => name !== undefined))].sort()
  return Promise.all(
    names.map(async (name) => ({
      name,
      version: (await mustRun('dpkg-query', ['--show', name])).trim().split('\t')[1] ?? '',
      copyright: `/usr/share/doc/${name}/copyright`,
    })),
  )
}

/** dpkg knows a file by the path that its package names, which on a merged /usr may be either of two. */
async function ownerOf(file: string): Promise<string | undefined> {
  for (const path of [realpathSync(file), realpathSync(file).replace(/^\/usr/, '')]) {
    const { code, stdout } = await runProgram('dpkg-query', ['--search', path])
    if (code === 0) return stdout.split(':')[0]
  }
  return undefined
}

function billOfMaterials(packages: readonly DebianPackage[]): string {
  const version = process.versions.node
  const node: SpdxPart = { name: 'node', version, licence: 'MIT', purl: `pkg:generic/node@${version}` }
  const debian = packages.map(({ name, version }) => ({
    name,
    version,
    licence: 'NOASSERTION',
    purl: `pkg:deb/debian/${name}@${encodeURIComponent(version)}`,
  }))
  return spdxDocument({ name: 'podmates-base', version, licence: 'NOASSERTION' }, [node, ...debian], fileDate)
}

function setDates(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' }).reverse()) {
    lutimesSync(join(folder, entry), fileDate, fileDate)
  }
  lutimesSync(folder, fileDate, fileDate)
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2)
  if (folder === undefined) throw new Error('usage: node rootfs.ts FOLDER')
  await assembleRootfs(folder, process.execPath)
}
