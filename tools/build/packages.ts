/** Which npm packages ended up in a bundle, by the files that were bundled: not those that were merely installed. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface BundledPackage {
  readonly name: string
  readonly version: string
  /** SPDX expression as the package states it, or NOASSERTION. */
  readonly licence: string
  /** Text of its licence files; empty when it ships none. */
  readonly licenceText: string
}

/** @returns the packages below a node_modules folder, sorted by name and version; our own code is none of them */
export function packagesOf(moduleIds: readonly string[]): readonly BundledPackage[] {
  const folders = new Set(moduleIds.map(packageFolder).filter((folder) => folder !== undefined))
  return [...folders].map(readPackage).sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version))
}

/** The folder of the package.json that a module belongs to; undefined for our own sources and for virtual modules. */
function packageFolder(moduleId: string): string | undefined {
  const [path = ''] = moduleId.split('?')
  const place = path.lastIndexOf('/node_modules/')
  if (place < 0 || path.startsWith('\0')) return undefined
  const [scopeOrName = '', name = ''] = path.slice(place + '/node_modules/'.length).split('/')
  return join(
    path.slice(0, place),
    'node_modules',
    scopeOrName.startsWith('@') ? `${scopeOrName}/${name}` : scopeOrName,
  )
}

function readPackage(folder: string): BundledPackage {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const licenceFiles = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)(\.|$)/i.test(file))
  return {
    name,
    version,
    licence: typeof license === 'string' ? license : 'NOASSERTION',
    licenceText: licenceFiles.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n'),
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The licence texts of all packages, which most licences want to travel with the code. */
export function licencesOf(packages: readonly BundledPackage[]): string {
  const rule = '-'.repeat(80)
  return packages
    .map(
      ({ name, version, licence, licenceText }) =>
        `${rule}\n${name} ${version} (${licence})\n${rule}\n${licenceText}\n`,
    )
    .join('\n')
}

/** How a package is written in a bill of materials. */
export function npmPurl({ name, version }: BundledPackage): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}
